import { randomUUID } from "node:crypto";
import { ExportRefused } from "../../fault.ts";
import { resumableUpload } from "./upload.ts";
import type { Wire } from "./wire.ts";

// The REST API as documented: https://cloud.google.com/bigquery/docs/reference/rest

const API = "https://bigquery.googleapis.com/bigquery/v2";
const UPLOAD = "https://bigquery.googleapis.com/upload/bigquery/v2";

export interface ClientSetting {
  readonly projectId: string;
  readonly wire: Wire;
  readonly token: { get(): Promise<string>; forget(): void };
}

export interface Field {
  readonly name: string;
  readonly type: string;
}

export interface TableResource {
  readonly description?: string;
  readonly numRows?: string;
  readonly schema?: { readonly fields?: readonly Field[] };
}

interface Job {
  readonly jobReference: { readonly projectId: string; readonly jobId: string; readonly location?: string };
  readonly status: {
    readonly state: string;
    readonly errorResult?: { readonly reason?: string; readonly message?: string };
  };
  readonly statistics?: { readonly load?: { readonly outputRows?: string } };
}

export interface Parameter {
  readonly name: string;
  readonly parameterType: unknown;
  readonly parameterValue: unknown;
}

export interface Query {
  readonly query: string;
  readonly location: string;
  readonly parameters?: readonly Parameter[];
}

export interface LoadOrder {
  readonly dataset: string;
  readonly table: string;
  readonly location: string;
  readonly fields: readonly Field[];
  readonly bytes: AsyncIterable<Buffer>;
}

export type BigQueryClient = ReturnType<typeof bigQueryClient>;

export function bigQueryClient({ projectId, wire, token }: ClientSetting) {
  const project = `/projects/${encodeURIComponent(projectId)}`;

  async function request(method: string, url: string, body?: unknown): Promise<Response> {
    const send = async () =>
      wire.send(url, {
        method,
        headers: {
          authorization: `Bearer ${await token.get()}`,
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const answer = await send();
    if (answer.status !== 401) return answer;
    token.forget();
    return send();
  }

  /** Undefined: there is no such thing. */
  async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer | undefined> {
    const answer = await request(method, API + path, body);
    if (answer.status === 404 && method !== "POST") return undefined;
    if (!answer.ok) throw await refusalOf(answer);
    return (answer.status === 204 ? {} : await answer.json()) as Answer;
  }

  /** False: there was one already. A request whose answer got lost may have made it, and so may somebody else. */
  async function make(path: string, resource: object): Promise<boolean> {
    const answer = await request("POST", API + path, resource);
    if (!answer.ok && answer.status !== 409) throw await refusalOf(answer);
    return answer.ok;
  }

  /** Started under a number of ours: sent twice because an answer was lost, it still runs once. */
  async function startJob(configuration: object, location: string): Promise<Job> {
    const jobReference = { projectId, jobId: `backstory_${randomUUID()}`, location };
    const answer = await request("POST", `${API}${project}/jobs`, { jobReference, configuration });
    if (answer.status === 409) return findJob(jobReference);
    if (!answer.ok) throw await refusalOf(answer);
    return (await answer.json()) as Job;
  }

  async function findJob({ jobId, location }: Job["jobReference"]): Promise<Job> {
    const place = location === undefined ? "" : `?location=${encodeURIComponent(location)}`;
    const job = await call<Job>("GET", `${project}/jobs/${encodeURIComponent(jobId)}${place}`);
    if (job === undefined)
      throw new ExportRefused("job.lost", "BigQuery forgot a job of this export. It is tried again by itself.");
    return job;
  }

  async function finished(job: Job): Promise<Job> {
    let current = job;
    for (let attempt = 1; current.status.state !== "DONE"; attempt += 1) {
      await wire.wait(Math.min(attempt, 3));
      current = await findJob(current.jobReference);
    }
    const { errorResult } = current.status;
    if (errorResult !== undefined) throw jobRefusal(errorResult);
    return current;
  }

  const datasetPath = (dataset: string) => `${project}/datasets/${encodeURIComponent(dataset)}`;
  const tablePath = (dataset: string, table: string) => `${datasetPath(dataset)}/tables/${encodeURIComponent(table)}`;

  return {
    projectId,
    findDataset: (dataset: string) => call<{ readonly location: string }>("GET", datasetPath(dataset)),
    async makeDataset(dataset: string, location: string): Promise<void> {
      await make(`${project}/datasets`, { datasetReference: { projectId, datasetId: dataset }, location });
    },
    findTable: (dataset: string, table: string) => call<TableResource>("GET", tablePath(dataset, table)),
    async makeTable(dataset: string, table: string, resource: Readonly<Record<string, unknown>>): Promise<void> {
      const tableReference = { projectId, datasetId: dataset, tableId: table };
      if (await make(`${datasetPath(dataset)}/tables`, { tableReference, ...resource })) return;
      const found = await call<TableResource>("GET", tablePath(dataset, table));
      if (found?.description !== resource["description"])
        throw new ExportRefused(
          "table.taken",
          `Somebody else made the table ${table} in the dataset ${dataset} at this moment. It is tried again by itself.`,
        );
    },
    async changeTable(dataset: string, table: string, resource: object): Promise<void> {
      await call("PATCH", tablePath(dataset, table), resource);
    },
    async removeTable(dataset: string, table: string): Promise<void> {
      await call("DELETE", tablePath(dataset, table));
    },
    /** Answers nothing: it only asks whether the query would be allowed. */
    async tryQuery({ query, location }: Query): Promise<void> {
      await startJob({ dryRun: true, query: { query, useLegacySql: false } }, location);
    },
    /** Rows of the last statement, each cell as text. */
    async runQuery({ query, location, parameters = [] }: Query): Promise<(string | null)[][]> {
      const job = await startJob(
        {
          query: {
            query,
            useLegacySql: false,
            ...(parameters.length > 0 && { parameterMode: "NAMED", queryParameters: parameters }),
          },
        },
        location,
      );
      const { jobReference } = await finished(job);
      const path = `${project}/queries/${encodeURIComponent(jobReference.jobId)}?location=${encodeURIComponent(location)}`;
      const answer = await call<{ rows?: { f: { v: string | null }[] }[] }>("GET", path);
      return (answer?.rows ?? []).map(({ f }) => f.map(({ v }) => v));
    },
    /** Fills a table with lines of JSON. Answers how many rows it has now. */
    async load({ dataset, table, location, fields, bytes }: LoadOrder): Promise<number> {
      const job = {
        jobReference: { projectId, jobId: `backstory_${randomUUID()}`, location },
        configuration: {
          load: {
            destinationTable: { projectId, datasetId: dataset, tableId: table },
            sourceFormat: "NEWLINE_DELIMITED_JSON",
            schema: { fields },
            createDisposition: "CREATE_NEVER",
            writeDisposition: "WRITE_TRUNCATE",
          },
        },
      };
      const url = `${UPLOAD}${project}/jobs?uploadType=resumable`;
      const answer = await resumableUpload({ wire, url, token: () => token.get(), resource: job, bytes });
      if (!answer.ok) throw await refusalOf(answer);
      const done = await finished((await answer.json()) as Job);
      return Number(done.statistics?.load?.outputRows ?? 0);
    },
  };
}

const HINTS: Readonly<Record<string, string>> = {
  accessDenied:
    "Give the service account the roles BigQuery Data Editor on the dataset and BigQuery Job User on the project.",
  billingNotEnabled: "Enable billing for the project: BigQuery's sandbox takes no changes to rows.",
  quotaExceeded:
    "A quota of the project is used up. It is tried again by itself; ask for more in Google's console if it stays.",
  rateLimitExceeded: "Too much is asked of the project at once. It is tried again by itself.",
  notFound: "Something that is needed is not there, or the service account may not see it.",
};

export async function refusalOf(answer: Response): Promise<ExportRefused> {
  const body = (await answer.json().catch(() => ({}))) as {
    error?: { message?: string; errors?: { reason?: string }[] };
  };
  const reason = body.error?.errors?.[0]?.reason ?? `http.${answer.status}`;
  const said = body.error?.message?.replace(/\.?$/, ".") ?? `It answered with the status ${answer.status}.`;
  return new ExportRefused(`bigquery.${reason}`, `BigQuery says: ${said} ${HINTS[reason] ?? ""}`.trim());
}

/** What a job says may repeat values of rows, so only its word for the fault is kept. */
function jobRefusal({ reason = "unknown" }: { readonly reason?: string }): ExportRefused {
  const hint = HINTS[reason] ?? "It is tried again by itself; the job's page in Google's console has the details.";
  return new ExportRefused(`bigquery.${reason}`, `BigQuery did not finish a job (${reason}). ${hint}`);
}
