import type { Segment } from "../../../contract/segments.ts";
import { api } from "../../api.ts";
import type { Wanted } from "../../ui/ahead.ts";

export const segmentWanted = (id: number): Wanted<Segment> => ({ key: `segment ${id}`, load: () => api.segment(id) });
