import type { ContactRow } from "../../../contract/admin/contacts.ts";
import type { SegmentList } from "../../../contract/segments.ts";
import { everyPlace } from "../../places.ts";
import { href } from "../../router.ts";
import { t, type PlainKey } from "../../text/index.ts";
import type { IconName } from "../../ui/icon.tsx";
import { nameOf } from "../contacts/name.ts";

/** Something to go to. */
export interface Find {
  readonly address: string;
  readonly icon: IconName;
  readonly name: string;
  /** By what it is told from others of the same name. */
  readonly note?: string;
}

export interface Finds {
  readonly title: PlainKey;
  readonly finds: readonly Find[];
}

const MOST = 8;

interface Sources {
  readonly q: string;
  readonly segments: SegmentList["segments"];
  readonly contacts: readonly ContactRow[];
}

/** What is known here comes first, so that nothing moves away under the finger when the server has answered. */
export function findsOf({ q, segments, contacts }: Sources): readonly Finds[] {
  const places = everyPlace().filter(({ title }) => isIn(q, t(title)));
  const groups: readonly Finds[] = [
    {
      title: "finder.places",
      finds: places.map(({ to, icon, title }) => ({ address: href(to), icon, name: t(title) })),
    },
    {
      title: "finder.segments",
      finds: (q === "" ? [] : segments.filter(({ name }) => isIn(q, name)))
        .slice(0, MOST)
        .map(({ id, name }) => ({ address: href(`/segments/${id}`), icon: "segments", name })),
    },
    { title: "finder.contacts", finds: [...contacts.slice(0, MOST).map(contactFind), ...searchAll(q)] },
  ];
  return groups.filter(({ finds }) => finds.length > 0);
}

const isIn = (q: string, text: string) => text.toLocaleLowerCase().includes(q.toLocaleLowerCase());

function contactFind(contact: ContactRow): Find {
  const { id, email, phone, externalCustomerId } = contact;
  const name = nameOf(contact, email?.value ?? phone?.value);
  const told = [email?.value, phone?.value, externalCustomerId].filter((part) => part && part !== name);
  return { address: href(`/contacts/${id}`), icon: "person", name, note: [...told, `#${id}`].join(" · ") };
}

function searchAll(q: string): readonly Find[] {
  if (q === "") return [];
  return [{ address: href("/contacts", { q }), icon: "search", name: t("finder.all", { q }) }];
}
