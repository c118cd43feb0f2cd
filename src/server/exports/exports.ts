import { randomUUID } from "node:crypto";
import type { ExportChange, ExportPlace, ExportTrial, NewExport, TrialOutcome } from "../../contract/exports.ts";
import type { Instant } from "../../contract/identifiers.ts";
import { seal } from "../lib/sealed.ts";
import { dueExports, RUNS_LOOKED_AT } from "./due.ts";
import { nextRunAt } from "./rules.ts";
import { runExport, type ExportDeps, type RunOutcome } from "./run.ts";
import {
  askForRun,
  findExport,
  insertErasures,
  insertExport,
  listExports,
  listLatestRuns,
  listRuns,
  removeExport,
  updateExport,
  type StoredExport,
  type StoredRun,
} from "./store.ts";
import { openTarget, placeOfSecret, targetFor } from "./targets/index.ts";
import { tryOut } from "./try-out.ts";

export type { StoredRun } from "./store.ts";

/** An export with its latest runs and the time of the next. Its secret stays inside. */
export type KnownExport = Omit<StoredExport, "secret"> & {
  readonly nextRunAt: number | null;
  readonly lastRun: StoredRun | null;
};

const RUNS_SHOWN = 50;

/** What others may do with exports. */
export interface Exports {
  list(): Promise<KnownExport[]>;
  find(exportId: string): Promise<{ readonly export: KnownExport; readonly runs: readonly StoredRun[] } | undefined>;
  /** Answers its id. */
  create(wanted: NewExport): Promise<string>;
  /** False: there is none of this id. */
  change(exportId: string, change: ExportChange): Promise<boolean>;
  remove(exportId: string): Promise<boolean>;
  /** The next moment somebody has a hand free, it runs. */
  ask(exportId: string, allAgain: boolean): Promise<boolean>;
  /** Connects, and shows what would arrive. Nothing is left behind. */
  tryOut(trial: ExportTrial): Promise<TrialOutcome>;
  tryStored(exportId: string): Promise<TrialOutcome | undefined>;
  /** Runs one here and now. */
  run(exportId: string): Promise<RunOutcome>;
  /** Those whose time has come. */
  due(): Promise<readonly { readonly exportId: string }[]>;
  runIfDue(exportId: string): Promise<void>;
  /** Calls back when somebody asks for a run. */
  onAsked(listener: (exportId: string) => void): void;
  /** Stretches whose events were removed once more, because a late batch had brought them back. */
  eraseAgain(stretch: Parameters<typeof insertErasures>[1][number]): Promise<void>;
}

export function createExports(deps: ExportDeps): Exports {
  const { db, clock, secretKey } = deps;
  const sealed = (exportId: string, secret: string) => seal(secretKey, placeOfSecret(exportId), secret);
  const listeners: ((exportId: string) => void)[] = [];
  return {
    async list() {
      const [all, runs] = await Promise.all([listExports(db), listLatestRuns(db, RUNS_LOOKED_AT)]);
      return all.map((one) =>
        tell(
          one,
          runs.filter(({ exportId }) => exportId === one.exportId),
          clock(),
        ),
      );
    },
    async find(exportId) {
      const found = await findExport(db, exportId);
      if (found === undefined) return undefined;
      const runs = await listRuns(db, exportId, RUNS_SHOWN);
      return { export: tell(found, runs, clock()), runs };
    },
    async create({ name, place, secret, tables, intervalMinutes }) {
      const exportId = randomUUID();
      await insertExport(db, {
        exportId,
        name: name.trim(),
        destination: tidy(place),
        secret: sealed(exportId, secret),
        tables: [...tables],
        intervalMinutes,
        createdAt: clock(),
      });
      return exportId;
    },
    change: (exportId, { name, intervalMinutes, secret, paused, externalId }) =>
      updateExport(db, exportId, {
        ...(name !== undefined && { name: name.trim() }),
        ...(intervalMinutes !== undefined && { intervalMinutes }),
        ...(secret !== undefined && { secret: sealed(exportId, secret) }),
        ...(paused !== undefined && { pausedAt: paused ? clock() : null }),
        ...(externalId !== undefined && { externalId }),
      }),
    remove: (exportId) => removeExport(db, exportId),
    async ask(exportId, allAgain) {
      const isKnown = await askForRun(db, { exportId, allAgain, now: clock() });
      if (isKnown) for (const listener of listeners) listener(exportId);
      return isKnown;
    },
    tryOut: ({ place, secret }) =>
      tryOut(deps, () => targetFor(deps, { exportId: randomUUID(), place: tidy(place), secret })),
    async tryStored(exportId) {
      const found = await findExport(db, exportId);
      return found && tryOut(deps, () => openTarget(deps, found));
    },
    run: (exportId) => runExport(deps, exportId),
    due: () => dueExports(db, clock()),
    async runIfDue(exportId) {
      const due = await dueExports(db, clock());
      if (due.some((one) => one.exportId === exportId)) await runExport(deps, exportId);
    },
    onAsked: (listener) => void listeners.push(listener),
    eraseAgain: (stretch) => insertErasures(db, [stretch]),
  };
}

function tell({ secret: _, ...known }: StoredExport, runs: readonly StoredRun[], now: Instant): KnownExport {
  return { ...known, nextRunAt: nextRunAt(known, runs, now), lastRun: runs[0] ?? null };
}

/** Blank is absent. */
function tidy(place: ExportPlace): ExportPlace {
  if (place.kind === "bigquery") return place;
  return { ...place, host: place.host.trim(), authority: place.authority?.trim() || null };
}
