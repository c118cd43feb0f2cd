import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { beforeAll, describe, expect, test } from "vitest";
import { loadUpload, sealLink } from "../../src/server/contacts/bulk/load.ts";
import { insertUpload } from "../../src/server/contacts/bulk/upload-store.ts";
import { linkedTables } from "../../src/server/linked-tables.ts";
import { LINK_RULES, type LinkRules } from "../../src/server/lib/linked-file.ts";
import { createLog } from "../../src/server/lib/log.ts";
import { contactApi, type ContactApi } from "../support/contact-api.ts";
import { eventually } from "../support/eventually.ts";
import { INSIDE_ADDRESSES } from "../support/inside-addresses.ts";
import { fileHost, type FileHost } from "../support/file-host.ts";
import { testDatabase } from "../support/postgres.ts";

/** The files of these tests lie on this very machine, which is otherwise out of reach. */
const HERE: LinkRules = { ...LINK_RULES, reach: "private-too", ports: "any", maxBytes: 512 * 1024 };

let host: FileHost;
let api: ContactApi;
/** Answers of the name service to come, for names that end in `.example`. */
let answers: string[] = [];
beforeAll(async () => {
  host = await fileHost();
  api = await contactApi({
    linkRules: {
      ...HERE,
      look: (name) => {
        const address = name.endsWith(".example") ? answers.shift() : name;
        if (address === undefined) throw new Error("no such name");
        return Promise.resolve([{ address }]);
      },
    },
  });
});

interface Status {
  readonly status: string;
  readonly description: string;
  readonly contacts: readonly { readonly index: number; readonly id: number; readonly result: string }[];
  readonly failedContacts: readonly { readonly index: number; readonly errorMessage: string }[];
}
const upload = (body: unknown, at = api) => at.call("POST", "/api/v1/contacts/upload", { body });

async function ended(body: Readonly<Record<string, unknown>>): Promise<Status> {
  const answer = await upload({ dedupeOn: "email", ...body });
  expect([answer.status, answer.text]).toEqual([200, expect.stringContaining("asyncSessionId")]);
  const { asyncSessionId } = answer.json() as { asyncSessionId: string };
  return eventually(async () => {
    const status = (await api.call("GET", `/api/v1/importstatus/${asyncSessionId}`)).json() as Status;
    expect(["FINISHED", "ERROR"]).toContain(status.status);
    return status;
  });
}
const contactOf = async (id: number | undefined) => (await api.call("GET", `/api/v1/contact/${id ?? 0}`)).json();

describe("a file behind a link", () => {
  test("85, 86. becomes contacts, in the background; blank cells and unknown columns change nothing", async () => {
    const field = (
      await api.call("POST", "/api/v1/fields", { body: { name: "Size", key: "size", type: "text" } })
    ).json();
    const { id } = field as { id: number };
    const link = host.offer(
      `\uFEFFExternalCustomerId;email;sms;firstName;town;field:${id};Shoe\r\n` +
        `u-1;ann@shop.example;380501112233;Ann;Kyiv;XL;42\r\nu-2;ben@shop.example;;"Ben; the second";;;\r\n`,
    );
    const answer = await upload({ link, dedupeOn: "email", groupNames: ["From a file"], fieldId: null });
    expect(answer.json()).toEqual({
      asyncSessionId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      id: 0,
      failedContacts: [],
    });
    const status = await ended({ link, groupNames: ["From a file"] });
    expect(status).toMatchObject({ status: "FINISHED", total: 2, unchanged: 2, failedContacts: [] });
    expect(status.description).toContain("'Shoe'");
    expect(await contactOf(status.contacts[0]?.id)).toMatchObject({
      externalCustomerId: "u-1",
      firstName: "Ann",
      address: { town: "Kyiv" },
      channels: [
        { type: "email", value: "ann@shop.example" },
        { type: "sms", value: "380501112233" },
      ],
      fields: [{ id, value: "XL" }],
      groups: [{ name: "From a file" }],
    });
    expect(await contactOf(status.contacts[1]?.id)).toMatchObject({ firstName: "Ben; the second" });

    await ended({ link: host.offer("email,firstName,town\nann@shop.example, ,\n") });
    expect(await contactOf(status.contacts[0]?.id)).toMatchObject({ firstName: "Ann", address: { town: "Kyiv" } });
    expect(await api.db.query("SELECT FROM bulk_session WHERE link IS NOT NULL")).toEqual([]);
  });

  test("is fetched with the login of the link, which is stored sealed and goes nowhere else", async () => {
    const link = host.offer("email\nlogin@shop.example\n").replace("//", "//shop:s%40cret@");
    expect(await ended({ link })).toMatchObject({ status: "FINISHED", created: 1 });
    expect(host.hits.at(-1)?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from("shop:s@cret").toString("base64")}`,
      host: `127.0.0.1:${host.port}`,
    });
  });

  test("87. tells each row that cannot be used with its line, and the others are applied", async () => {
    const status = await ended({
      link: host.offer(
        "email\tfirstName\n a@rows.example\tA\nnonsense\tB\n\tC\nd@rows.example\tD\tmore\ne@rows.example\n",
      ),
    });
    expect(status).toMatchObject({ status: "FINISHED", total: 5, created: 2, failed: 3 });
    expect(status.failedContacts.map(({ index, errorMessage }) => [index, errorMessage])).toEqual([
      [1, expect.stringMatching(/^Line 3: .*invalid_email/)],
      [2, expect.stringMatching(/^Line 4: .*no_identifier/)],
      [3, "Line 5: The row has more cells than the header."],
    ]);
  });

  test.each<[string, () => string, RegExp]>([
    ["another status", () => `http://127.0.0.1:${host.port}/none`, /status 404/],
    ["a redirect", () => host.offer((to) => void to.writeHead(302, { location: "/0" }).end()), /status 302/],
    ["too many bytes", () => host.offer(`email\n${"x".repeat(600 * 1024)}`), /more than 524288 bytes/],
    ["an end too early", () => host.offer(breaksOff), /broke off/],
    ["nothing", () => host.offer(""), /no contacts in the file/],
    ["a header alone", () => host.offer("email,sms\n"), /no contacts in the file/],
    ["no column that is known", () => host.offer("a,b\n1,2\n"), /names no column/],
    ["a column twice", () => host.offer("email,Email\na@b.example,c@d.example\n"), /Two columns/],
    ["an additional field that does not exist", () => host.offer("email,field:99\na@b.example,1\n"), /id='99'/],
    ["a quote that stays open", () => host.offer('email,town\nopen@quote.example,"Kyiv\n'), /^Line 2: A quote/],
    ["UTF-16", () => host.offer(Buffer.from("\uFEFFemail\na@b.example\n", "utf16le")), /not in UTF-8/],
  ])("with %s is an error that says so, and nothing of it is applied", async (_what, link, words) => {
    const before = await api.db.query("SELECT count(*) FROM contact");
    const status = await ended({ link: link() });
    expect(status).toMatchObject({ status: "ERROR", total: 0, failedContacts: [] });
    expect(status.description).toMatch(words);
    expect(await api.db.query("SELECT count(*) FROM contact")).toEqual(before);
    expect(await api.db.query("SELECT FROM bulk_session WHERE link IS NOT NULL")).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ["without a link", { dedupeOn: "email" }, "link"],
    ["without what tells contacts apart", { link: "https://files.example/" }, "dedupeOn"],
    ["with a second uniqueness", { link: "https://x.example/", dedupeOn: "externalCustomerId", fieldId: 1 }, "(bad_"],
    ["with a link that is none", { link: "contacts.csv", dedupeOn: "email" }, "http"],
    ["with a link to a file of the server", { link: "file:///etc/passwd", dedupeOn: "email" }, "http"],
    ["with a name that nobody has", { link: "https://nowhere.example/", dedupeOn: "email" }, "no host"],
  ])("is refused at once %s", async (_what, body, words) => {
    const answer = await upload(body);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(words)]);
  });
});

test("89. a fetch that a stopping server cut off leaves nothing, and begins anew", async () => {
  const db = await testDatabase();
  const text = "email\nfirst@anew.example\nsecond@anew.example\n";
  let asked = 0;
  const link = host.offer((response) => {
    asked += 1;
    if (asked > 1) response.end(text);
    else response.write(`${text}${"third@anew.example\n".repeat(8_000)}`);
  });
  const sessionId = randomUUID();
  const deps = { db, clock: Date.now, log: createLog("silent"), secretKey: "x".repeat(32) };
  const loading = { ...deps, linkedTables: linkedTables(HERE) };
  const about = { customFields: [], groupNames: [], groupNamesExclude: [], restoreDeleted: false } as const;
  await insertUpload(db, {
    ...{ sessionId, keyId: "k", siteId: null, now: Date.now() },
    options: { ...about, dedupeOn: "email" },
    link: sealLink(deps, sessionId, link),
  });
  const state = () => db.query("SELECT status, link IS NULL AS forgotten FROM bulk_session");
  const rows = () => db.query("SELECT row_index, result FROM bulk_row ORDER BY row_index");

  const stop = new AbortController();
  const cut = loadUpload(loading, stop.signal).catch((error: unknown) => error);
  await eventually(() => expect(asked).toBe(1));
  stop.abort();
  expect(await cut).toBeInstanceOf(Error);
  expect(await state()).toEqual([{ status: "FETCHING", forgotten: false }]);
  expect(await rows()).toEqual([]);

  expect(await loadUpload(loading, new AbortController().signal)).toBe(true);
  expect(await state()).toEqual([{ status: "STARTED", forgotten: true }]);
  expect(await rows()).toEqual([
    { rowIndex: 0, result: null },
    { rowIndex: 1, result: null },
  ]);
  expect(await loadUpload(loading, new AbortController().signal)).toBe(false);
});

describe("a link that leads inside", () => {
  test("T9: is refused however it is written, and nobody there is called", async () => {
    const canary = await fileHost();
    const careful = await contactApi({ linkRules: { ...LINK_RULES, ports: "any" } });
    for (const name of INSIDE_ADDRESSES)
      for (const login of ["", "files.shop.example@"]) {
        const answer = await upload({ link: `http://${login}${name}:${canary.port}/0`, dedupeOn: "email" }, careful);
        expect([name, answer.status]).toEqual([name, 400]);
        // A name service may know no such name, which is as well.
        expect(answer.text).toMatch(/\(link_forbidden\)|\(link_unreachable\)|^link has to be/);
      }
    expect(canary.hits).toEqual([]);
    expect(await careful.db.query("SELECT FROM bulk_session")).toEqual([]);
  });

  test("is refused with any port but those of the web", async () => {
    const plain = await contactApi({
      linkRules: { ...LINK_RULES, look: () => Promise.resolve([{ address: "8.8.8.8" }]) },
    });
    for (const port of [22, 25, 5432, 6379, 8080]) {
      const answer = await upload({ link: `http://files.example:${port}/`, dedupeOn: "email" }, plain);
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("(link_forbidden)")]);
    }
  });

  test("is not followed by a name that led outside when it was given and inside when it is used", async () => {
    const canary = await fileHost();
    const addresses = ["8.8.8.8", "127.0.0.1"];
    const flipping = await contactApi({
      linkRules: {
        ...LINK_RULES,
        ports: "any",
        look: () => Promise.resolve([{ address: addresses.shift() ?? "::1" }]),
      },
    });
    const answer = await upload({ link: `http://files.example:${canary.port}/0`, dedupeOn: "email" }, flipping);
    const { asyncSessionId } = answer.json() as { asyncSessionId: string };
    await eventually(async () => {
      const status = await flipping.call("GET", `/api/v1/importstatus/${asyncSessionId}`);
      expect(status.json()).toMatchObject({
        status: "ERROR",
        description: expect.stringContaining("(link_forbidden)") as string,
      });
    });
    expect(canary.hits).toEqual([]);
  });

  test("is connected to where it was judged: the name is not looked up again", async () => {
    const link = host.offer("email\nonce@shop.example\n").replace("127.0.0.1", "files.shop.example");
    // One when it is given, one when it is fetched; after that the name is gone.
    answers = ["127.0.0.1", "127.0.0.1"];
    expect(await ended({ link })).toMatchObject({ status: "FINISHED", created: 1 });
    expect(answers).toEqual([]);
    expect(host.hits.at(-1)?.headers.host).toBe(`files.shop.example:${host.port}`);
  });
});

function breaksOff(response: ServerResponse): void {
  response.writeHead(200, { "content-length": "1000" });
  response.write("email\nhalf@shop.example\n", () => response.destroy());
}
