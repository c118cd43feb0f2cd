import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../../src/server/app.ts";
import { createApiKey } from "../../src/server/db/api-keys.ts";
import type { Services } from "../../src/server/services.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { testServices } from "../support/services.ts";

// What the page on signing up tells people to run is run, against a real server.

interface Example {
  readonly language: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly needs: readonly string[];
}
const EXAMPLES: readonly Example[] = [
  { language: "sh", program: "bash", args: [], needs: ["bash", "curl"] },
  { language: "js", program: process.execPath, args: ["--input-type=module", "-"], needs: [] },
  { language: "python", program: "python3", args: [], needs: ["python3"] },
  { language: "php", program: "php", args: [], needs: ["php"] },
];

let folder: string;
let text: string;
let db: TestDatabase;
let services: Services;
let app: FastifyInstance;
let url: string;
let secret: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backstory-docs-"));
  text = await readFile(fileURLToPath(new URL("../../docs/sign-up.md", import.meta.url)), "utf8");
  db = await testDatabase();
  services = testServices({ db });
  app = createApp(services);
  url = await app.listen({ host: "127.0.0.1", port: 0 });
  ({ secret } = await createApiKey(db, { name: "docs", scopes: ["contacts:write"], now: Date.now() }));
});
afterAll(async () => {
  await app.close();
  await services.close();
  await rm(folder, { recursive: true, force: true });
});

/** The one that calls the contact API. */
const block = (language: string): string =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gm"))]
    .map(([, code = ""]) => code)
    .find((code) => code.includes("/api/v1/contact")) ?? "";

test.for(EXAMPLES)("the example in $language makes the contact and attaches the visitor", async (example, { skip }) => {
  const { language, program, args, needs } = example;
  const missing = needs.find((name) => spawnSync(name, ["--version"]).status !== 0);
  if (missing !== undefined) {
    console.log(`skipped: ${missing} is not on this machine`);
    skip(`${missing} is not on this machine`);
  }
  const file = join(folder, `example.${language}`);
  await writeFile(file, block(language));
  const visitorId = `visitor-${language.padEnd(13, "_")}`;
  const [input, ...rest] = language === "js" ? [block(language), ...args] : [undefined, ...args, file];
  const child = spawn(program, rest, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], BACKSTORY_URL: url, BACKSTORY_KEY: secret, VISITOR_ID: visitorId },
  });
  child.stdin.end(input ?? "");
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => void (printed += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => void (printed += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  expect({ code, printed }).toEqual({ code: 0, printed: expect.stringMatching(/\{"id":\d+/) as string });
  const [contact] = await db.query(
    `SELECT c.external_customer_id, c.first_name, ch.spelling AS email, ch.status FROM contact c JOIN channel ch USING (contact_id)
     JOIN binding b USING (contact_id) WHERE b.source_id = $1`,
    [visitorId],
  );
  expect(contact).toEqual({
    externalCustomerId: "C-10001",
    firstName: "Ann",
    email: "ann@example.org",
    status: "confirmed",
  });
});
