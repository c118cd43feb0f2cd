import { createVerify, type KeyObject } from "node:crypto";
import { http, HttpResponse, type HttpHandler } from "msw";

// BigQuery as its REST documentation describes it, as far as exports use it. It keeps tables and what was loaded into
// them, and the scripts it was asked to run; it does not understand SQL.

export interface FakeTable {
  readonly resource: Record<string, unknown>;
  rows: string[];
}

export interface FakeBigQuery {
  readonly handlers: readonly HttpHandler[];
  readonly tables: Map<string, FakeTable>;
  readonly datasets: Map<string, { readonly location: string }>;
  /** Requests in their order, e.g. `POST /projects/p/jobs`. */
  readonly requests: string[];
  /** What was sent as JSON with some of them. */
  readonly bodies: { readonly request: string; readonly body: unknown }[];
  /** From when on nobody answers any more. */
  readonly line: { requestsLeft: number };
  /** Scripts and queries that ran, with their parameters. */
  readonly queries: { readonly query: string; readonly parameters: readonly unknown[]; readonly jobId: string }[];
  readonly loads: {
    readonly table: string;
    readonly configuration: Record<string, unknown>;
    readonly ndjson: string;
  }[];
  /** Answers that the next requests get instead, in order; undefined: as ever. `lost`: done, but the answer is lost. */
  readonly faults: (number | "lost" | undefined)[];
  /** The same for the pieces of an upload. */
  readonly pieceFaults: (number | "lost" | undefined)[];
  /** Rows that the next queries answer. */
  readonly answers: (readonly (string | null)[])[][];
}

interface JobBody {
  readonly jobReference: { readonly jobId: string; readonly location?: string };
  readonly configuration: {
    readonly dryRun?: boolean;
    readonly query?: {
      readonly query: string;
      readonly useLegacySql: boolean;
      readonly queryParameters?: readonly unknown[];
    };
    readonly load?: Record<string, unknown> & { readonly destinationTable: { readonly tableId: string } };
  };
}

const ROOT = "https://bigquery.googleapis.com";
const notFound = () =>
  HttpResponse.json({ error: { code: 404, message: "Not found", errors: [{ reason: "notFound" }] } }, { status: 404 });

const alreadyThere = () =>
  HttpResponse.json({ error: { message: "Already Exists", errors: [{ reason: "duplicate" }] } }, { status: 409 });

export function fakeBigQuery(publicKey: KeyObject): FakeBigQuery {
  const tables = new Map<string, FakeTable>();
  const datasets = new Map<string, { readonly location: string }>();
  const jobs = new Map<string, object>();
  const results = new Map<string, readonly (readonly (string | null)[])[]>();
  const uploads = new Map<string, { readonly body: JobBody; bytes: Buffer }>();
  const requests: string[] = [];
  const bodies: FakeBigQuery["bodies"] = [];
  const line = { requestsLeft: Infinity };
  const queries: FakeBigQuery["queries"] = [];
  const loads: FakeBigQuery["loads"] = [];
  const faults: FakeBigQuery["faults"] = [];
  const pieceFaults: FakeBigQuery["pieceFaults"] = [];
  const answers: FakeBigQuery["answers"] = [];

  function done(body: JobBody, statistics: object = {}): object {
    const job = {
      kind: "bigquery#job",
      jobReference: { projectId: "p-1234", ...body.jobReference },
      status: { state: "DONE" },
      statistics,
    };
    jobs.set(body.jobReference.jobId, job);
    // It takes a moment; whoever asks again is told that it is done.
    return { ...job, status: { state: "RUNNING" } };
  }

  /** What every request has in common. */
  function guarded(
    method: "get" | "post" | "patch" | "delete" | "put",
    path: string,
    answer: (input: Input) => Response | Promise<Response>,
  ) {
    return http[method](path, async ({ request, params }) => {
      const url = new URL(request.url);
      if (line.requestsLeft === 0) return HttpResponse.error();
      line.requestsLeft -= 1;
      const asked = `${request.method} ${url.pathname.replace(/^\/(upload\/)?bigquery\/v2/, "")}`;
      requests.push(asked);
      if (request.headers.get("content-type")?.startsWith("application/json") === true)
        bodies.push({ request: asked, body: await request.clone().json() });
      const fault = (method === "put" ? pieceFaults : faults).shift();
      if (typeof fault === "number")
        return HttpResponse.json(
          {
            error: { message: "Try later", errors: [{ reason: fault === 403 ? "rateLimitExceeded" : "backendError" }] },
          },
          { status: fault },
        );
      if (method !== "put" && request.headers.get("authorization") !== "Bearer a-token")
        return HttpResponse.json({ error: { message: "No token" } }, { status: 401 });
      const response = await answer({ request, params: params as Record<string, string>, url });
      return fault === "lost" ? HttpResponse.error() : response;
    });
  }

  const handlers = [
    http.post("https://oauth2.googleapis.com/token", async ({ request }) => {
      const form = new URLSearchParams(await request.text());
      const [head = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
      const verified = createVerify("RSA-SHA256").update(`${head}.${claims}`).verify(publicKey, signature, "base64url");
      const said = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>;
      const right =
        verified &&
        form.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer" &&
        said["aud"] === "https://oauth2.googleapis.com/token" &&
        said["iss"] === "exporter@p-1234.iam.gserviceaccount.com" &&
        String(said["scope"]).includes("https://www.googleapis.com/auth/bigquery");
      if (!right) return HttpResponse.json({ error: "invalid_grant" }, { status: 400 });
      return HttpResponse.json({ access_token: "a-token", expires_in: 3_600, token_type: "Bearer" });
    }),
    guarded("get", `${ROOT}/bigquery/v2/projects/:p/datasets/:d`, ({ params }) => {
      const found = datasets.get(params["d"] ?? "");
      return found === undefined ? notFound() : HttpResponse.json(found);
    }),
    guarded("post", `${ROOT}/bigquery/v2/projects/:p/datasets`, async ({ request }) => {
      const body = (await request.json()) as { datasetReference: { datasetId: string }; location: string };
      if (datasets.has(body.datasetReference.datasetId)) return alreadyThere();
      datasets.set(body.datasetReference.datasetId, { location: body.location });
      return HttpResponse.json(body);
    }),
    guarded("get", `${ROOT}/bigquery/v2/projects/:p/datasets/:d/tables/:t`, ({ params }) => {
      const found = tables.get(params["t"] ?? "");
      return found === undefined
        ? notFound()
        : HttpResponse.json({ ...found.resource, numRows: String(found.rows.length) });
    }),
    guarded("post", `${ROOT}/bigquery/v2/projects/:p/datasets/:d/tables`, async ({ request }) => {
      const body = (await request.json()) as { tableReference: { tableId: string } };
      if (tables.has(body.tableReference.tableId)) return alreadyThere();
      tables.set(body.tableReference.tableId, { resource: body, rows: [] });
      return HttpResponse.json(body);
    }),
    guarded("patch", `${ROOT}/bigquery/v2/projects/:p/datasets/:d/tables/:t`, async ({ request, params }) => {
      const found = tables.get(params["t"] ?? "");
      if (found === undefined) return notFound();
      Object.assign(found.resource, await request.json());
      return HttpResponse.json(found.resource);
    }),
    guarded("delete", `${ROOT}/bigquery/v2/projects/:p/datasets/:d/tables/:t`, ({ params }) => {
      tables.delete(params["t"] ?? "");
      return new HttpResponse(null, { status: 204 });
    }),
    guarded("post", `${ROOT}/bigquery/v2/projects/:p/jobs`, async ({ request }) => {
      const body = (await request.json()) as JobBody;
      const { jobId } = body.jobReference;
      if (jobs.has(jobId)) return alreadyThere();
      const { query, dryRun } = body.configuration;
      if (query !== undefined && dryRun !== true) {
        queries.push({ query: query.query, parameters: query.queryParameters ?? [], jobId });
        results.set(jobId, answers.shift() ?? []);
        takeOver(query.query);
      }
      return HttpResponse.json(done(body));
    }),
    guarded("get", `${ROOT}/bigquery/v2/projects/:p/jobs/:j`, ({ params }) =>
      HttpResponse.json(jobs.get(params["j"] ?? "") ?? {}),
    ),
    guarded("get", `${ROOT}/bigquery/v2/projects/:p/queries/:j`, ({ params }) => {
      const rows = (results.get(params["j"] ?? "") ?? []).map((row) => ({ f: row.map((v) => ({ v })) }));
      return HttpResponse.json({ jobComplete: true, totalRows: String(rows.length), rows });
    }),
    guarded("post", `${ROOT}/upload/bigquery/v2/projects/:p/jobs`, async ({ request, url }) => {
      if (url.searchParams.get("uploadType") === "multipart") return HttpResponse.json(await takeMultipart(request));
      const body = (await request.json()) as JobBody;
      const { jobId } = body.jobReference;
      uploads.set(jobId, { body, bytes: Buffer.alloc(0) });
      const location = `${ROOT}/upload/bigquery/v2/projects/p-1234/jobs?uploadType=resumable&upload_id=${jobId}`;
      return new HttpResponse(null, { status: 200, headers: { location } });
    }),
    guarded("put", `${ROOT}/upload/bigquery/v2/projects/:p/jobs`, async ({ request, url }) => {
      const upload = uploads.get(url.searchParams.get("upload_id") ?? "");
      if (upload === undefined) return notFound();
      const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(request.headers.get("content-range") ?? "");
      if (range === null) return HttpResponse.json({ error: { message: "Bad range" } }, { status: 400 });
      const [, from, , total] = range;
      const piece = Buffer.from(await request.arrayBuffer());
      if (from !== undefined) {
        if (Number(from) !== upload.bytes.length)
          return HttpResponse.json({ error: { message: "Gap" } }, { status: 400 });
        upload.bytes = Buffer.concat([upload.bytes, piece]);
      }
      if (total === "*" || upload.bytes.length < Number(total)) {
        // As the protocol has it: pieces before the last are multiples of 256 KiB.
        if (piece.length % (256 * 1024) !== 0)
          return HttpResponse.json({ error: { message: "Odd piece" } }, { status: 400 });
        const headers = upload.bytes.length === 0 ? {} : { range: `bytes=0-${upload.bytes.length - 1}` };
        return new HttpResponse(null, { status: 308, headers });
      }
      return HttpResponse.json(finishLoad(upload.body, upload.bytes.toString("utf8")));
    }),
  ];

  /** Whatever waits for a table is in it afterwards, as far as its number of rows tells. */
  function takeOver(script: string): void {
    for (const [, table = "", stage = ""] of script.matchAll(/MERGE `[^`]+\.(\w+)` t USING `[^`]+\.(\w+)` s/g))
      tables.get(table)?.rows.push(...(tables.get(stage)?.rows ?? []));
  }

  /** Two parts, the job and its rows, as `multipart/related` has them. */
  async function takeMultipart(request: Request): Promise<object> {
    const boundary = /boundary="?([^";]+)/.exec(request.headers.get("content-type") ?? "")?.[1] ?? "";
    const [, first = "", second = ""] = (await request.text()).split(`--${boundary}`);
    const contentOf = (part: string) => part.slice(part.indexOf("\r\n\r\n") + 4).replace(/\r\n$/, "");
    return finishLoad(JSON.parse(contentOf(first)) as JobBody, contentOf(second));
  }

  function finishLoad(body: JobBody, ndjson: string): object {
    const { load } = body.configuration;
    const table = load?.destinationTable.tableId ?? "";
    const lines = ndjson.split("\n").filter((line) => line !== "");
    const found = tables.get(table);
    if (found !== undefined) found.rows = lines;
    loads.push({ table, configuration: load ?? {}, ndjson });
    return done(body, { load: { outputRows: String(lines.length) } });
  }

  return { handlers, tables, datasets, requests, bodies, line, queries, loads, faults, pieceFaults, answers };
}

interface Input {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly url: URL;
}
