import type { ContactCard } from "../../../contract/admin/contact-card.ts";
import type { TimelinePage } from "../../../contract/admin/timeline.ts";
import { api } from "../../api.ts";
import type { Wanted } from "../../ui/ahead.ts";

export const cardWanted = (id: number): Wanted<ContactCard> => ({
  key: `contact ${id}`,
  load: () => api.contact(id),
});

/** The newest part of a timeline. */
export const timelineWanted = (id: number): Wanted<TimelinePage> => ({
  key: `timeline ${id}`,
  load: () => api.timeline(id, {}),
});
