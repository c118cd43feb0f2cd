import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfig, type Environment } from "../../src/server/config.ts";

function faultsOf(environment: Environment): readonly string[] {
  const outcome = readConfig(environment);
  return outcome.kind === "refused" ? outcome.faults : [];
}

function configOf(environment: Environment) {
  const outcome = readConfig(environment);
  if (outcome.kind === "refused") throw new Error(outcome.faults.join("\n"));
  return outcome.config;
}

test("nothing has to be configured", () => {
  expect(configOf({})).toMatchObject({
    port: 3000,
    demoPort: undefined,
    host: "0.0.0.0",
    databaseUrl: undefined,
    publicUrl: undefined,
    trustProxy: [],
    mailFrom: { address: "backstory@localhost" },
  });
});

test("every fault of the configuration is told at once, in words", () => {
  const faults = faultsOf({
    PORT: "http",
    DEMO_PORT: "70000",
    DATABASE_URL: "mysql://root:hunter2@db/x",
    PUBLIC_URL: "backstory.example.com",
    SMTP_URL: "mail.example.com",
    MAIL_FROM: "nobody",
    SECRET_KEY: "short",
    ADMIN_PASSWORD: "admin",
    API_KEY: "k",
    SITE_KEY: "no spaces please",
    TRUST_PROXY: "10.0.0.0/8, proxy",
    RATE_LIMIT: "many",
    SITE_RATE_LIMIT: "-1",
    LOG_LEVEL: "loud",
  });
  const named = ["PORT", "DEMO_PORT", "DATABASE_URL", "PUBLIC_URL", "SMTP_URL", "MAIL_FROM", "SECRET_KEY"];
  const alsoNamed = [
    "ADMIN_PASSWORD",
    "API_KEY",
    "SITE_KEY",
    "TRUST_PROXY",
    "RATE_LIMIT",
    "SITE_RATE_LIMIT",
    "LOG_LEVEL",
  ];
  expect(faults.map((fault) => fault.split(" ")[0]).sort()).toEqual([...named, ...alsoNamed].sort());
  for (const fault of faults) expect(fault).toMatch(/\.$/);
  expect(faults.join()).not.toContain("hunter2");
});

test("a secret can lie in a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "backstory-config-"));
  const file = join(folder, "key");
  writeFileSync(file, "a-key-from-a-file-0123456789\n");
  expect(configOf({ API_KEY_FILE: file }).apiKey).toBe("a-key-from-a-file-0123456789");
  expect(faultsOf({ API_KEY_FILE: file, API_KEY: "another-key-0123456789" })).toEqual([
    "API_KEY and API_KEY_FILE are both set. Keep one of them.",
  ]);
  expect(faultsOf({ API_KEY_FILE: join(folder, "absent") })).toEqual([
    `API_KEY_FILE names ${join(folder, "absent")}, which cannot be read (ENOENT).`,
  ]);
  rmSync(folder, { recursive: true });
});

test("an address and a site have limits of their own, which can be lifted", () => {
  const { batchesPerAddress, batchesPerSite } = configOf({});
  expect([batchesPerAddress, batchesPerSite]).toEqual([
    { perSecond: 100, burst: 1_000 },
    { perSecond: 5_000, burst: 50_000 },
  ]);
  expect(configOf({ SITE_RATE_LIMIT: "0" })).toMatchObject({ batchesPerSite: undefined, batchesPerAddress });
});

test("two servers cannot have one port", () => {
  expect(faultsOf({ PORT: "3001", DEMO_PORT: "3001" })).toEqual([
    "DEMO_PORT is 3001, the same as PORT. Give the demo shop another one, or none.",
  ]);
});

test("mail that is sent needs a sender", () => {
  expect(faultsOf({ SMTP_URL: "smtp://mail.example.com" })).toEqual([
    "MAIL_FROM is missing. With SMTP_URL it has to say which address the mail comes from.",
  ]);
});

test("a database can be named by its socket", () => {
  const url = "postgres://backstory@/backstory?host=/run/postgresql";
  expect(configOf({ DATABASE_URL: url }).databaseUrl).toBe(url);
});
