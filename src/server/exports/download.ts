import type { Readable } from "node:stream";
import { Transform } from "node:stream";
import { stringify } from "csv-stringify";
import QueryStream from "pg-query-stream";
import type { DownloadQuery } from "../../contract/exports.ts";
import { findChosen } from "../acts/index.ts";
import { openLongConnection } from "../db/long-connection.ts";
import type { SegmentDeps } from "../segments/index.ts";
import { listExportFields } from "./fields.ts";
import { selectRows } from "./source-store.ts";
import { shapesOf } from "./tables.ts";

/** Those of `contacts` that say nothing about a person of the list. */
const LEFT_OUT = new Set(["status", "mergedInto", "emailDomain"]);

/**
 * The live contacts of a list as it was narrowed, of a segment, or those that are named, as a file that is made while it
 * is sent: all as they are at one moment. Undefined: there is no such segment.
 */
export async function downloadContacts(
  deps: SegmentDeps,
  { format, ids, ...matching }: DownloadQuery,
): Promise<Readable | undefined> {
  const { db } = deps;
  const chosen = await findChosen(deps, ids === undefined ? { matching } : { contactIds: ids.split(",").map(Number) });
  if (chosen === undefined) return undefined;
  const fields = await listExportFields(db);
  const [shape] = shapesOf({ tables: ["contacts"], externalId: true, fields });
  if (shape === undefined) throw new Error("There is no table of contacts.");
  const names = shape.columns.map(({ name }) => name).filter((name) => !LEFT_OUT.has(name));
  const form = format === "csv" ? "lines" : "native";
  const rows = selectRows(shape, { exportId: "", extent: { kind: "whole" }, fields, form });
  const columns = names.map((name) => (format === "csv" ? `r."${name}"::text` : `r."${name}"`)).join(", ");
  const listed = `SELECT ${columns} FROM (${rows}) r
    WHERE r.status = 'live' AND r."contactId"::bigint IN (${chosen.text})
    ORDER BY r."contactId"::bigint DESC`;
  const text = format === "csv" ? listed : `SELECT to_json(line)::text FROM (${listed}) line`;
  const client = await openLongConnection(db, "download");
  const stream = client.query(new QueryStream(text, [...chosen.values], { rowMode: "array", batchSize: 1_000 }));
  const file = stream.pipe(format === "csv" ? csvOf(names) : linesOf());
  stream.once("error", (error) => file.destroy(error));
  // Also when whoever asked for it has gone away in the middle.
  file.once("close", () => {
    stream.destroy();
    void client.end().catch(() => undefined);
  });
  return file;
}

/** What looks guarded already gets an apostrophe of its own, for an import takes one off. */
const GUARDED = /^'+[=+\-@\t\r＝＋－＠]/u;

/** Spreadsheets take what begins with one of `= + - @` for a formula: https://owasp.org/www-community/attacks/CSV_Injection */
function csvOf(names: readonly string[]): Transform {
  return stringify({
    header: true,
    columns: [...names],
    bom: true,
    escape_formulas: true,
    cast: { string: (text) => (GUARDED.test(text) ? `'${text}` : text) },
    record_delimiter: "windows",
  });
}

function linesOf(): Transform {
  return new Transform({
    writableObjectMode: true,
    transform([line]: readonly [string], _encoding, done) {
      done(null, `${line}\n`);
    },
  });
}
