/** What can be said about a variable in the table of docs/configuration.md, which `npm run configuration` writes. */
export interface VariableText {
  /** As it would be set; undefined: `otherwise` says what holds without it. */
  readonly byDefault?: string;
  readonly otherwise?: string;
  readonly meaning: string;
  /** Its value may also lie in a file named by `NAME_FILE`. */
  readonly inFile?: true;
}

/** Every variable of the environment. What is not listed here cannot be read. */
export const VARIABLES = {
  PORT: { byDefault: "3000", meaning: "where the server listens" },
  DEMO_PORT: {
    otherwise: "no demo shop; `npm start` sets `3001`",
    meaning: "where the demo shop listens; empty: no demo shop",
  },
  HOST: { byDefault: "0.0.0.0", meaning: "the network address the server listens on" },
  PUBLIC_URL: {
    otherwise: "`http://localhost:PORT`",
    meaning: "the address that browsers and mail links use: scheme and host, like `https://backstory.example.com`",
  },
  DATA_DIR: { byDefault: "./data", meaning: "the embedded database and the keys" },
  DATABASE_URL: {
    otherwise: "the embedded database",
    meaning: "a PostgreSQL (15 or later) to use instead of the embedded one",
    inFile: true,
  },
  SMTP_URL: {
    otherwise: "mail is captured and shown in the admin",
    meaning: "where mail goes, like `smtps://user:password@mail.example.com`",
    inFile: true,
  },
  MAIL_FROM: {
    byDefault: "Backstory <backstory@localhost>",
    meaning: "the sender's address of that mail; needed with `SMTP_URL`",
  },
  SECRET_KEY: {
    otherwise: "made once and kept in `DATA_DIR`",
    meaning: "seals tokens and hashes; 32 characters or more",
    inFile: true,
  },
  ADMIN_PASSWORD: {
    otherwise: "a one-time password is printed",
    meaning: "password of the first admin, named `admin`",
    inFile: true,
  },
  API_KEY: {
    otherwise: "none",
    meaning: "value of the first API key, with every right; 16 characters or more",
    inFile: true,
  },
  SITE_KEY: { otherwise: "random", meaning: "public key of the first site", inFile: true },
  TRUST_PROXY: {
    otherwise: "nobody",
    meaning: "addresses of reverse proxies whose `X-Forwarded-*` is believed, separated by commas",
  },
  RATE_LIMIT: {
    byDefault: "100",
    meaning: "batches a second that one network address may send; `0`: any number",
  },
  SITE_RATE_LIMIT: {
    byDefault: "5000",
    meaning:
      "batches a second that may come in for one site, from all addresses together, so that one site's key in strange hands cannot use up the server; `0`: any number",
  },
  ANONYMOUS_MONTHS: {
    byDefault: "13",
    meaning: "months that history without a contact is kept; a contact's history stays as long as the contact",
  },
  WORKERS: {
    byDefault: "0",
    meaning:
      "processes that share the port and answer requests, beside one for the database and the jobs; `0`: one process for all",
  },
  ROLE: {
    byDefault: "all",
    meaning:
      "`collect`: only `/v1/messages` and the tracker; `jobs`: only jobs. Both need `DATABASE_URL` and, all alike, `SECRET_KEY`",
  },
  EXPORT_TO_PRIVATE_NETWORK: {
    byDefault: "no",
    meaning: "`yes`: exports may go to databases in the server's own network",
  },
  METRICS_TOKEN: {
    otherwise: "there is no such page",
    meaning: "who may read `/metrics` (Prometheus), as `Authorization: Bearer …`; 16 characters or more",
    inFile: true,
  },
  LOG_LEVEL: { byDefault: "warn", meaning: "`debug`, `info`, `warn` or `error`, and `silent` for none" },
} as const satisfies Readonly<Record<string, VariableText>>;

export type Variable = keyof typeof VARIABLES;
/** Those that may lie in a file, as container platforms hand out secrets. */
export type FileVariable = { [V in Variable]: (typeof VARIABLES)[V] extends { inFile: true } ? V : never }[Variable];
