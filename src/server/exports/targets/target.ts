import type { RunNote } from "../../../contract/exports.ts";
import type { DestinationState, Extent } from "../rules.ts";
import type { Removal, Source } from "../source.ts";
import type { RowForm } from "../source-store.ts";
import type { TableShape } from "../tables.ts";

/** A place that copies go to. */
export interface Target {
  /** How it takes rows. */
  readonly form: RowForm;
  /** Connects and looks whether what is needed is allowed. Answers what it is; throws ExportRefused. */
  tryOut(): Promise<string>;
  open(): Promise<Session>;
}

export interface Loading {
  readonly shape: TableShape;
  readonly extent: Extent;
  /** The query whose rows go in. */
  readonly query: string;
  readonly source: Source;
}

export interface Loaded {
  readonly rows: number;
  readonly bytes: number;
}

/** What became of the rows of one table. */
export interface Effect {
  readonly written: number;
  readonly removed: number;
}

/** What was found at a destination, and what was done about it. */
export interface Preparation {
  readonly notes: readonly RunNote[];
  /** Tables that do not hold what earlier runs sent. */
  readonly refill: ReadonlySet<string>;
}

/** One run at a destination: nothing of it is seen there before `finish`, and all of it afterwards. */
export interface Session {
  /** What the last run that got through left. */
  readState(): Promise<DestinationState | undefined>;
  /** Makes tables and columns that are missing; throws ExportRefused where something foreign is in the way. */
  prepare(shapes: readonly TableShape[], known: DestinationState | undefined): Promise<Preparation>;
  remove(removal: Removal): Promise<void>;
  load(loading: Loading): Promise<Loaded>;
  finish(state: DestinationState): Promise<ReadonlyMap<string, Effect>>;
  /** In any case the last. Gives up what is not finished. */
  close(): Promise<void>;
}
