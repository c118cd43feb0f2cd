import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Operation } from "./api-operation.ts";
import { OPERATIONS } from "./api-operations.ts";

const TEXT = "text/plain;charset=UTF-8";
const REFUSALS = {
  400: "Something is wrong with the request; the body says what, in one sentence.",
  401: "No key, or a wrong one.",
  403: "The key lacks the scope, or came from a browser.",
  429: "Too many requests of this key: see Retry-After.",
  503: "Nothing was done: try again after Retry-After.",
} as const;

/** OpenAPI 3.1, made from the schemas that check the calls. */
export function openApiDocument(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of OPERATIONS) (paths[`/api${operation.path}`] ??= {})[operation.method] = describe(operation);
  return {
    openapi: "3.1.0",
    info: {
      title: "Backstory",
      version: "1",
      description:
        "The contact API and the mobile API. Members that are null or blank are absent; unknown members are ignored. " +
        "Every POST, PUT and DELETE takes an Idempotency-Key.",
    },
    security: [{ basic: [] }, { bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        basic: { type: "http", scheme: "basic", description: "Any user name; the API key is the password." },
        bearer: { type: "http", scheme: "bearer", description: "The API key." },
      },
    },
  };
}

function describe(operation: Operation): object {
  const { about, summary, scope, body, example, answer, answerExample } = operation;
  const done =
    answer === undefined
      ? { [TEXT]: { schema: { type: "string" }, example: answerExample } }
      : { "application/json": { schema: answer, example: answerExample } };
  return {
    tags: [about],
    summary,
    description: scope === "any" ? "Any key." : `Needs the scope \`${scope}\`.`,
    operationId: `${operation.method}${operation.path.replace(/[/{}]+(\w)?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? "")}`,
    parameters: parametersOf(operation),
    ...(body !== undefined && {
      requestBody: { required: true, content: { "application/json": { schema: body, example } } },
    }),
    responses: {
      200: { description: "Done.", content: done },
      ...Object.fromEntries(Object.entries(REFUSALS).map(([status, description]) => [status, { description }])),
    },
  };
}

function parametersOf({ path, query = {}, method }: Operation): object[] {
  const inPath = /\{(\w+)\}/.exec(path)?.[1];
  const schema = { type: "string" };
  return [
    ...(inPath === undefined ? [] : [{ name: inPath, in: "path", required: true, schema }]),
    ...Object.entries(query).map(([name, description]) => ({ name, in: "query", description, schema })),
    ...(method === "get"
      ? []
      : [
          {
            name: "Idempotency-Key",
            in: "header",
            description: "At most 255 characters: a repeated call is carried out once.",
            schema,
          },
        ]),
  ];
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h2 { margin-top: 2.5rem; }
details { border: 1px solid color-mix(in srgb, currentcolor 25%, transparent); border-radius: 8px; margin: .5rem 0; padding: .5rem .8rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary b { font-family: ui-monospace, monospace; }
pre { overflow: auto; max-height: 24rem; padding: .7rem; border-radius: 6px; background: color-mix(in srgb, currentcolor 8%, transparent); }
`;
const POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The same for people: one page without a script, which nothing is loaded for. */
function docsPage(): string {
  const chapters = [...new Set(OPERATIONS.map(({ about }) => about))].map(
    (about) =>
      `<h2>${about}</h2>${OPERATIONS.filter((operation) => operation.about === about)
        .map(article)
        .join("")}`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Backstory API</title><style>${STYLE}</style></head><body><main><h1>Backstory API</h1>
<p>Send a key as the password of basic authentication, with any user name, or as a bearer token. Keys are made in the admin, under API keys. The same as <a href="/api/openapi.json">OpenAPI 3.1</a>.</p>
${chapters.join("")}</main></body></html>`;
}

function article({ method, path, summary, scope, query = {}, body, example, answerExample }: Operation): string {
  const parts = [
    `<p>${scope === "any" ? "Any key." : `Needs the scope <code>${scope}</code>.`}</p>`,
    ...Object.entries(query).map(([name, what]) => `<p><code>?${escape(name)}=</code> ${escape(what)}</p>`),
    ...(body === undefined
      ? []
      : [`<p>Body, for example</p>${code(example)}`, `<details><summary>Schema</summary>${code(body)}</details>`]),
    `<p>Answer</p>${code(answerExample)}`,
  ];
  return `<details><summary><b>${method.toUpperCase()} /api${escape(path)}</b> ${escape(summary)}</summary>${parts.join("")}</details>`;
}

const code = (value: unknown) =>
  `<pre>${escape(typeof value === "string" ? value || "(empty)" : JSON.stringify(value, null, 2))}</pre>`;
const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** `GET /api/openapi.json` and `GET /api/docs`: what the API is, for programs and for people. */
export function apiDocs(app: FastifyInstance): void {
  const document = JSON.stringify(openApiDocument());
  const page = docsPage();
  app.get("/api/openapi.json", (_request, reply) => reply.type("application/json; charset=utf-8").send(document));
  app.get("/api/docs", (_request, reply) =>
    reply.header("content-security-policy", POLICY).type("text/html; charset=utf-8").send(page),
  );
}
