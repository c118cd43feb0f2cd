import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { createSites } from "../../src/server/sites/index.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { contactApi, type ContactApi } from "../support/contact-api.ts";
import type { Received } from "../support/http.ts";

// What odd and hostile bodies do at every address that takes one. What the tracker's own address does with them in
// detail is in messages-hostile.test.ts; the numbers are those of the promises about input.

let api: ContactApi;
let siteKey: string;
beforeAll(async () => {
  api = await contactApi();
  const outcome = await createSites({ db: api.db }).createSite({ name: "Shop" });
  if (outcome.kind !== "stored") throw new Error("The site was not made.");
  siteKey = outcome.site.siteKey;
});

/** An address, and a good body for it with a place for something odd. */
interface Door {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  body(odd: string): string;
}

const BROWSER = { authorization: "", "content-type": "text/plain" };

const secretDoors: readonly Door[] = [
  { path: "/api/v1/contact", body: (odd) => `{"externalCustomerId":"odd","odd":${odd}}` },
  { path: "/api/v1/contact/subscribe", body: (odd) => `{"contact":{"externalCustomerId":"odd","odd":${odd}}}` },
  {
    path: "/api/v1/contacts",
    body: (odd) => `{"contacts":[{"externalCustomerId":"odd","odd":${odd}}],"dedupeOn":"externalCustomerId"}`,
  },
  {
    path: "/api/v1/event",
    body: (odd) =>
      `{"eventTypeKey":"odd","keyValue":"k","params":[{"name":"externalCustomerId","value":"odd"},{"name":"odd","value":${odd}}]}`,
  },
  {
    path: "/api/v1/device",
    body: (odd) => `{"deviceId":"device-odd-1","category":"MOBILE","osType":"ANDROID","odd":${odd}}`,
  },
];

const publicDoors: readonly Door[] = [
  {
    path: "/v1/messages",
    headers: BROWSER,
    body: (odd) => {
      const at = Date.now();
      return `{"site":"${siteKey}","sentAt":${at},"messages":[{"type":"track","name":"odd","id":"${uuidv7(at)}","visitorId":"visitor-odd","at":${at},"properties":{"odd":${odd}}}]}`;
    },
  },
  {
    path: "/api/v2",
    headers: BROWSER,
    body: (odd) =>
      `{"GeneralInfo":{"eventName":"MainPage","siteId":"${siteKey}","cookies":{"sc":"visitor-odd"}},"odd":${odd}}`,
  },
];

const doors = [...secretDoors, ...publicDoors].map((door) => [door.path, door] as const);

const send = ({ path, headers = {} }: Door, body: string | Buffer, more: Readonly<Record<string, string>> = {}) =>
  api.call("POST", path, { body, headers: { ...headers, ...more } });

/** Refused in a sentence, as its sender's fault. */
function expectRefused({ status, text }: Received, code = 400): void {
  expect(status, text).toBe(code);
  expect(text).toMatch(/\w{2,} .*\./);
}

const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

describe.each(doors)("%s", (path, door) => {
  const isPublic = publicDoors.includes(door);
  const isTracker = path === "/v1/messages";

  test("takes a good body", async () => {
    const { status, text } = await send(door, door.body(`"fine"`));
    expect(status, text).toBe(200);
  });

  test("P18: a body without an announced length is counted while it comes in", async () => {
    const chunked = { "content-length": "", "transfer-encoding": "chunked" };
    expectRefused(await send(door, door.body(`"${"x".repeat(17 * 1024 * 1024)}"`), chunked), 413);
  });

  const encodings = ["br", "deflate", "zstd", "gzip, gzip", "x"];
  test.each(isTracker ? encodings : ["gzip", ...encodings])(
    "P19: the content encoding %s is refused",
    async (encoding) => {
      expectRefused(await send(door, gzipSync(door.body(`"fine"`)), { "content-encoding": encoding }), 415);
    },
  );

  test("P20: deep nesting breaks nothing and is not kept", async () => {
    for (const odd of [nested(9_000), `{"a":`.repeat(3_000) + `"\\u0041"` + "}".repeat(3_000)]) {
      const { status, text } = await send(door, door.body(odd));
      expect([200, 400], text).toContain(status);
      expect(text).not.toContain("UTF-8");
    }
    expect(await api.db.query("SELECT FROM event WHERE properties::text LIKE '%[[[[[[[[[[%'")).toEqual([]);
    expect((await send(door, door.body(`"fine"`))).status).toBe(200);
  });

  test("P21: what is no JSON number is refused, and a number beyond all is no failure of ours", async () => {
    for (const odd of ["NaN", "Infinity", "-Infinity", "0x10", "01", "+1", ".5"])
      expectRefused(await send(door, door.body(odd)));
    for (const odd of ["1e999", "-0", "9007199254740993", `1${"0".repeat(400)}`]) {
      const { status, text } = await send(door, door.body(odd));
      expect([200, 400], text).toContain(status);
    }
  });

  test.runIf(!isPublic)("P22: a member named twice is refused, however it is written and wherever", async () => {
    for (const odd of [`{"a":1,"a":2}`, `{"a":1,"\\u0061":2}`, `[[{"b":{"a":1,"a":1}}]]`]) {
      const answer = await send(door, door.body(odd));
      expectRefused(answer);
      expect(answer.text).toContain("twice");
    }
  });

  test("P23: bytes that are no UTF-8 are refused", async () => {
    for (const bytes of ["61ff", "c0af", "eda080", "f5808080", "e282"]) {
      const [head = "", tail = ""] = door.body(`"HERE"`).split("HERE");
      expectRefused(await send(door, Buffer.concat([Buffer.from(head), Buffer.from(bytes, "hex"), Buffer.from(tail)])));
    }
  });

  test("P23: NUL and half surrogates are refused or become U+FFFD", async () => {
    for (const odd of [`"\\u0000"`, `"\\ud800"`, `"\\udfff\\ud800"`, `{"\\ud800":1}`]) {
      const answer = await send(door, door.body(odd));
      if (isPublic) expect(answer.status, answer.text).toBe(200);
      else expectRefused(answer);
      if (isTracker) expect(answer.json()).toEqual({ accepted: 1, rejected: [] });
    }
  });

  test("P24: prototype names pollute nothing", async () => {
    const polluting = `{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`;
    const everywhere = door.body(polluting).replace(/^\{/, `{"__proto__":{"polluted":true},`);
    for (const body of [door.body(polluting), everywhere]) {
      const { status, text } = await send(door, body);
      expect([200, 400], text).toContain(status);
      expect("polluted" in {}).toBe(false);
    }
  });

  test.each([["X-HTTP-Method-Override"], ["X-HTTP-Method"], ["X-Method-Override"]])(
    "P27: %s changes no method",
    async (name) => {
      const { status, text } = await send(door, door.body(`"fine"`), { [name]: "DELETE" });
      expect(status, text).toBe(200);
    },
  );
});

describe("an external id", () => {
  test.each([
    "007",
    "1e3",
    "-7",
    "9007199254740993",
    "0x1F",
    "é",
    "e\u0301",
    "ANN",
    "ann",
    "a\u00A0b",
    "👩‍👩‍👧",
    `"quoted"`,
    "%41",
    "a/b?c#d",
  ])("P21: %j goes in and comes out byte for byte", async (externalCustomerId) => {
    const added = await api.call("POST", "/api/v1/contact", { body: { externalCustomerId } });
    expect(added.status, added.text).toBe(200);
    const { id } = added.json() as { id: number };
    const card = (await api.call("GET", `/api/v1/contact/${id}`)).json();
    expect(card).toMatchObject({ id, externalCustomerId });
    ids.push(id);
  });
  const ids: number[] = [];
  test("P21: ids that only look alike are different people", () => expect(new Set(ids).size).toBe(14));
});
