import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { Value } from "typebox/value";
import { SiteKey } from "../contract/identifiers.ts";
import { MIN_PASSWORD_LENGTH } from "../contract/wire.ts";
import type { FileVariable, Variable } from "./config-variables.ts";
import type { RateLimit } from "./http/rate-limit.ts";
import { LOG_LEVELS, type LogLevel } from "./lib/log.ts";
import type { Reach } from "./lib/outside-address.ts";
import { parseSender, type Sender } from "./mail/index.ts";

export interface Config {
  /** 0: any free one. */
  readonly port: number;
  /** Undefined: no demo shop. */
  readonly demoPort: number | undefined;
  readonly host: string;
  readonly dataDir: string;
  /** Undefined: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined;
  /** Without a slash at the end. Undefined: `http://localhost` and the port. */
  readonly publicUrl: string | undefined;
  /** Undefined: mail is captured. */
  readonly smtpUrl: string | undefined;
  readonly mailFrom: Sender;
  /** Undefined: made once and kept in the data folder. */
  readonly secretKey: string | undefined;
  readonly adminPassword: string | undefined;
  readonly apiKey: string | undefined;
  /** Who may read `/metrics`. Undefined: there is no such page. */
  readonly metricsToken: string | undefined;
  readonly siteKey: SiteKey | undefined;
  /** Addresses and networks whose X-Forwarded-For is believed. Empty: nobody's. */
  readonly trustProxy: readonly string[];
  /** Batches that one network address may send. Undefined: any number. */
  readonly batchesPerAddress: RateLimit | undefined;
  /** Batches that may come in for one site. Undefined: any number. */
  readonly batchesPerSite: RateLimit | undefined;
  /** How long history of nobody is kept where a site does not say otherwise. */
  readonly anonymousMonths: number;
  /** `all`: everything. `collect`: only the public intake. `jobs`: only what runs by the clock and after answers. */
  readonly role: Role;
  /** Processes that share the port and answer requests. 0: this one does. */
  readonly workers: number;
  /** Whether exports may go to machines of the server's own network. */
  readonly exportReach: Reach;
  readonly logLevel: LogLevel;
}

const ROLES = ["all", "collect", "jobs"] as const;
export type Role = (typeof ROLES)[number];

export type ConfigOutcome =
  | { readonly kind: "ready"; readonly config: Config }
  /** Everything that is wrong, a sentence each. */
  | { readonly kind: "refused"; readonly faults: readonly string[] };

export type Environment = Readonly<Record<string, string | undefined>>;

export function readConfig(environment: Environment): ConfigOutcome {
  const source = new Source(environment);
  const config: Config = {
    port: source.port("PORT", 3000),
    demoPort: source.text("DEMO_PORT") === undefined ? undefined : source.port("DEMO_PORT", 0),
    host: source.text("HOST") ?? "0.0.0.0",
    dataDir: resolve(source.text("DATA_DIR") ?? "data"),
    databaseUrl: source.url("DATABASE_URL", ["postgres", "postgresql"]),
    publicUrl: source.publicUrl(),
    smtpUrl: source.url("SMTP_URL", ["smtp", "smtps"]),
    mailFrom: source.sender(),
    secretKey: source.secret("SECRET_KEY", 32),
    adminPassword: source.secret("ADMIN_PASSWORD", MIN_PASSWORD_LENGTH),
    apiKey: source.secret("API_KEY", 16),
    metricsToken: source.secret("METRICS_TOKEN", 16),
    siteKey: source.siteKey(),
    trustProxy: source.proxies(),
    batchesPerAddress: source.rateLimit("RATE_LIMIT", "100"),
    batchesPerSite: source.rateLimit("SITE_RATE_LIMIT", "5000"),
    anonymousMonths: source.wholeNumber("ANONYMOUS_MONTHS", { from: 1, to: 120, otherwise: 13 }),
    role: source.oneOf("ROLE", ROLES, "all"),
    workers: source.wholeNumber("WORKERS", { from: 0, to: 64, otherwise: 0 }),
    exportReach: source.exportReach(),
    logLevel: source.oneOf("LOG_LEVEL", LOG_LEVELS, "warn"),
  };
  if (config.port !== 0 && config.port === config.demoPort)
    source.faults.push(`DEMO_PORT is ${config.demoPort}, the same as PORT. Give the demo shop another one, or none.`);
  if (config.smtpUrl !== undefined && source.text("MAIL_FROM") === undefined)
    source.faults.push("MAIL_FROM is missing. With SMTP_URL it has to say which address the mail comes from.");
  if (config.role !== "all" && config.databaseUrl === undefined)
    source.faults.push(
      `ROLE is "${config.role}", but the embedded database serves one process and its WORKERS. Set DATABASE_URL to a server that all processes share.`,
    );
  if (config.role === "jobs" && config.workers > 0)
    source.faults.push("WORKERS answer requests, but with ROLE=jobs there are none. Leave one of the two out.");
  return source.faults.length === 0 ? { kind: "ready", config } : { kind: "refused", faults: source.faults };
}

/** Reads one variable at a time, and gathers what is wrong instead of stopping at the first. */
class Source {
  readonly faults: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Undefined: not set, or set to nothing. */
  text(name: Variable | `${FileVariable}_FILE`): string | undefined {
    return this.#environment[name]?.trim() || undefined;
  }

  /** A value that may also lie in a file, as container platforms hand out secrets. */
  #textOrFile(name: FileVariable): string | undefined {
    const direct = this.text(name);
    const file = this.text(`${name}_FILE`);
    if (file === undefined) return direct;
    if (direct !== undefined) {
      this.faults.push(`${name} and ${name}_FILE are both set. Keep one of them.`);
      return direct;
    }
    try {
      return readFileSync(file, "utf8").trim() || undefined;
    } catch (error) {
      const why = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
      this.faults.push(`${name}_FILE names ${file}, which cannot be read${why}.`);
      return undefined;
    }
  }

  port(name: Variable, otherwise: number): number {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
    this.faults.push(`${name} is "${text}", but a port is a whole number from 0 to 65535.`);
    return otherwise;
  }

  wholeNumber(name: Variable, { from, to, otherwise }: { from: number; to: number; otherwise: number }): number {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= from && value <= to) return value;
    this.faults.push(`${name} is "${text}", but it is a whole number from ${from} to ${to}.`);
    return otherwise;
  }

  /** Not repeated in the fault: it may hold a password. */
  url(name: FileVariable, schemes: readonly string[]): string | undefined {
    const text = this.#textOrFile(name);
    if (text === undefined) return undefined;
    const known = schemes.some((scheme) => text.startsWith(`${scheme}://`));
    // PostgreSQL's own form has no host when a socket is meant: postgres://user@/name?host=/folder
    if (known && URL.canParse(text.replace("@/", "@localhost/"))) return text;
    this.faults.push(`${name} is not an address that begins with ${schemes.map((one) => `${one}://`).join(" or ")}.`);
    return undefined;
  }

  publicUrl(): string | undefined {
    const text = this.text("PUBLIC_URL");
    if (text === undefined) return undefined;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search + url.hash === "")
      return url.origin;
    this.faults.push(
      `PUBLIC_URL is "${text}", but it has to be the scheme and host that browsers use, like https://backstory.example.com.`,
    );
    return undefined;
  }

  sender(): Sender {
    const text = this.text("MAIL_FROM");
    const sender = parseSender(text ?? "Backstory <backstory@localhost>");
    if (sender !== undefined) return sender;
    this.faults.push(`MAIL_FROM is "${text}", but it has to look like "The Shop <shop@example.com>".`);
    return { address: "backstory@localhost" };
  }

  secret(name: FileVariable, minimum: number): string | undefined {
    const value = this.#textOrFile(name);
    if (value === undefined || value.length >= minimum) return value;
    this.faults.push(`${name} is too short to be safe; it needs ${minimum} characters or more.`);
    return undefined;
  }

  siteKey(): SiteKey | undefined {
    const value = this.#textOrFile("SITE_KEY");
    if (value === undefined || Value.Check(SiteKey, value)) return value;
    this.faults.push(`SITE_KEY is "${value}", but it takes 4 to 64 letters, digits, hyphens and underscores.`);
    return undefined;
  }

  proxies(): readonly string[] {
    const items = (this.text("TRUST_PROXY") ?? "").split(/[\s,]+/).filter((item) => item !== "");
    for (const item of items.filter((one) => !isNetwork(one)))
      this.faults.push(
        `TRUST_PROXY has "${item}", which is no address or network of a proxy; 10.0.0.0/8, 127.0.0.1 and loopback would be.`,
      );
    return items;
  }

  /** After a pause ten seconds' worth may come at once. */
  rateLimit(name: Variable, otherwise: string): RateLimit | undefined {
    const text = this.text(name) ?? otherwise;
    if (!/^\d{1,6}$/.test(text))
      this.faults.push(`${name} is "${text}", but it is a whole number of batches a second, or 0 for no limit.`);
    const perSecond = Number.parseInt(text, 10) || 0;
    return perSecond === 0 ? undefined : { perSecond, burst: perSecond * 10 };
  }

  oneOf<Word extends string>(name: Variable, words: readonly Word[], otherwise: Word): Word {
    const text = this.text(name) ?? otherwise;
    const word = words.find((known) => known === text);
    if (word === undefined) this.faults.push(`${name} is "${text}"; it can be ${words.join(", ")}.`);
    return word ?? otherwise;
  }

  exportReach(): Reach {
    return this.oneOf("EXPORT_TO_PRIVATE_NETWORK", ["yes", "no"], "no") === "yes" ? "private-too" : "public";
  }
}

function isNetwork(text: string): boolean {
  if (["loopback", "linklocal", "uniquelocal"].includes(text)) return true;
  const [address = "", bits] = text.split("/", 2);
  const version = isIP(address);
  if (version === 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
