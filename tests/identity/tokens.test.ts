import { randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeEach, expect, test } from "vitest";
import type { SiteId } from "../../src/contract/identifiers.ts";
import {
  createIdentityKey,
  resolveSigned,
  revokeIdentityKey,
  type IdentityRequest,
} from "../../src/server/identity/index.ts";
import { installation } from "./installation.ts";

const here = installation();
const v1 = "visitor-1";

let site: { siteId: SiteId; siteKey: string };
let key: { keyId: string; secret?: string };
beforeEach(async () => {
  const [row] = await here.people.db.query<typeof site>("SELECT site_id, site_key FROM site");
  if (row === undefined) throw new Error("No site.");
  site = row;
  key = await createIdentityKey(here.people.deps, { siteId: site.siteId, algorithm: "HS256", at: here.people.now });
});

const secret = () => Buffer.from(key.secret ?? "", "base64url");

interface Wish {
  readonly sub?: string;
  readonly vid?: string;
  readonly aud?: string;
  readonly jti?: string;
  readonly email?: string;
  /** Seconds. */
  readonly age?: number;
  readonly life?: number;
  readonly kid?: string;
}

function token(wish: Wish = {}, signedWith: Uint8Array = secret()): Promise<string> {
  const {
    sub = "E1",
    vid = v1,
    aud = site.siteKey,
    jti = randomUUID(),
    email,
    age = 0,
    life = 600,
    kid = key.keyId,
  } = wish;
  const issued = Math.floor(here.people.now / 1000) - age;
  return new SignJWT({ vid, ...(email !== undefined && { email }) })
    .setProtectedHeader({ alg: "HS256", kid })
    .setSubject(sub)
    .setAudience(aud)
    .setJti(jti)
    .setIssuedAt(issued)
    .setExpirationTime(issued + life)
    .sign(signedWith);
}

const send = (sent: string | undefined, said: Partial<IdentityRequest> = {}, visitorId: string = v1) =>
  resolveSigned(here.people.deps, {
    token: sent,
    siteId: site.siteId,
    sourceId: visitorId,
    receivedAt: here.people.now,
    request: {
      verb: "identify",
      visitorIds: [visitorId],
      moment: here.people.now,
      contactSource: "TRACKER",
      cause: { actor: "tracker", requestId: randomUUID() },
      ...said,
    },
  });

test("65. a valid token binds the browser it names to the person it names", async () => {
  const { people } = here;
  const before = await people.hits(3, v1);
  const outcome = await send(await token({ email: "ann@shop.example" }));
  expect(outcome).toMatchObject({ kind: "resolved", created: true });
  const contactId = await people.holder("external", "E1");
  expect(contactId && (await people.timeline(contactId))).toEqual(before);
  expect(await people.proof("email", "ann@shop.example")).toBe("server");
});

const unsigned = (header: object, payload: object) =>
  [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".") + ".";

const faults: Record<string, [reason: string, make: () => Promise<string | undefined>]> = {
  "66. an empty token": ["missing", () => Promise.resolve("")],
  "66. a blank token": ["missing", () => Promise.resolve("  ")],
  "no token": ["missing", () => Promise.resolve(undefined)],
  "64. a token for another visitor": ["wrong_visitor", () => token({ vid: "visitor-2" })],
  "64. an expired token": ["expired", () => token({ age: 700 })],
  "a token for another site": ["wrong_site", () => token({ aud: "another-site" })],
  "a token that is good for an hour": ["too_long", () => token({ life: 3600 })],
  "a token signed with another secret": ["bad_signature", () => token({}, new Uint8Array(32))],
  "a token of a key that nobody knows": ["unknown_key", () => token({ kid: "nobody" })],
  "a token whose kid the database could not even compare": ["malformed", () => token({ kid: "a\0b" })],
  "a token whose kid is no text": ["malformed", () => Promise.resolve(unsigned({ alg: "HS256", kid: { $ne: 1 } }, {}))],
  nonsense: ["malformed", () => Promise.resolve("nonsense")],
  "64. a token without signature (alg none)": [
    "bad_signature",
    () => {
      const now = Math.floor(here.people.now / 1000);
      const payload = { sub: "E1", vid: v1, aud: site.siteKey, jti: "j", iat: now, exp: now + 600 };
      return Promise.resolve(unsigned({ alg: "none", kid: key.keyId }, payload));
    },
  ],
};
for (const [what, [reason, make]] of Object.entries(faults)) {
  test(`${what} is rejected and changes nothing`, async () => {
    expect(await send(await make())).toEqual({ kind: "rejected", reason });
    expect(await here.people.liveContacts()).toEqual([]);
  });
}

test("64. the same token a second time does nothing", async () => {
  const { people } = here;
  const sent = await token();
  await send(sent);
  await people.reset(v1);
  expect(await send(sent)).toEqual({ kind: "nothing" });
  expect(await people.count("binding")).toBe(1);
});

test("a key of algorithm EdDSA verifies what the site signed, and never an HMAC made with its public half", async () => {
  const { people } = here;
  const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const pair = await createIdentityKey(people.deps, {
    siteId: site.siteId,
    algorithm: "EdDSA",
    publicJwk,
    at: people.now,
  });
  const forged = await token({ kid: pair.keyId }, new TextEncoder().encode(String(publicJwk.x)));
  expect(await send(forged)).toEqual({ kind: "rejected", reason: "bad_signature" });
  const issued = Math.floor(people.now / 1000);
  const good = await new SignJWT({ vid: v1 })
    .setProtectedHeader({ alg: "EdDSA", kid: pair.keyId })
    .setSubject("E2")
    .setAudience(site.siteKey)
    .setJti("one")
    .setIssuedAt(issued)
    .setExpirationTime(issued + 60)
    .sign(privateKey);
  expect(await send(good)).toMatchObject({ kind: "resolved" });
});

test("a revoked key vouches for nobody", async () => {
  const { people } = here;
  await revokeIdentityKey(people.db, { keyId: key.keyId, siteId: site.siteId, at: people.now });
  expect(await send(await token())).toEqual({ kind: "rejected", reason: "unknown_key" });
});
