import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import type { CreatedIdentityKey, IdentityKeyList } from "../../src/contract/admin/identity-keys.ts";
import type { Site } from "../../src/contract/admin/sites.ts";
import { adminWorld } from "../support/admin-world.ts";

const pair = generateKeyPairSync("ed25519");
const publicPem = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
const publicJwk = JSON.stringify(pair.publicKey.export({ format: "jwk" }));

async function siteOf(browser: Awaited<ReturnType<Awaited<ReturnType<typeof adminWorld>>["as"]>>) {
  const made = await browser.call("POST", "/sites", { body: { name: "Shop", mobileIdentify: "signed" } });
  return made.json() as Site;
}

test("a secret for identity tokens is shown once, listed without it, and revoked for good", async () => {
  const world = await adminWorld();
  const developer = await world.as("developer");
  const site = await siteOf(developer);
  expect(site.mobileIdentify).toBe("signed");
  const keys = `/sites/${site.id}/identity-keys`;
  const created = (await developer.call("POST", keys, { body: { algorithm: "HS256" } })).json() as CreatedIdentityKey;
  expect(created.secret).toMatch(/^[\w-]{43}$/);
  const listed = await developer.call("GET", keys);
  expect((listed.json() as IdentityKeyList).keys).toEqual([created.key]);
  expect(listed.text).not.toContain(created.secret);
  expect(await world.db.query("SELECT k::text AS row FROM identity_key k")).not.toMatchObject([
    { row: expect.stringContaining(created.secret ?? "") as string },
  ]);
  expect((await developer.call("DELETE", `${keys}/${created.key.id}`)).status).toBe(204);
  expect((await developer.call("DELETE", `${keys}/${created.key.id}`)).status).toBe(404);
  const after = (await developer.call("GET", keys)).json() as IdentityKeyList;
  expect(after.keys[0]?.revokedAt).not.toBeNull();
});

test("a public key is taken as PEM or JWK; private, foreign and broken ones are refused in a sentence", async () => {
  const world = await adminWorld();
  const owner = await world.as("owner");
  const keys = `/sites/${(await siteOf(owner)).id}/identity-keys`;
  const add = (publicKey: string) => owner.call("POST", keys, { body: { algorithm: "EdDSA", publicKey } });
  for (const good of [publicPem, publicJwk]) {
    const added = (await add(good)).json() as CreatedIdentityKey;
    expect(added).toMatchObject({ secret: null, key: { algorithm: "EdDSA" } });
  }
  const privatePem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const privateJwk = JSON.stringify(pair.privateKey.export({ format: "jwk" }));
  const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "spki", format: "pem" });
  const bad = [
    [privatePem, "private key"],
    [privateJwk, "private key"],
    [JSON.stringify({ kty: "oct", k: "c2VjcmV0" }), "private key"],
    [rsa.toString(), "Only Ed25519"],
    [publicPem.slice(0, 60), "cannot be read"],
    ["{", "not JSON"],
    ["hello", "no public key"],
  ] as const;
  for (const [text, sentence] of bad) {
    const refused = await add(text);
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining(sentence)]);
  }
  expect(await world.db.query("SELECT count(*) AS n FROM identity_key")).toEqual([{ n: 2 }]);
});

test("a key of one site is not listed or revoked through another, and a viewer makes none", async () => {
  const world = await adminWorld();
  const owner = await world.as("owner");
  const [one, other] = [await siteOf(owner), await siteOf(owner)];
  const made = await owner.call("POST", `/sites/${one.id}/identity-keys`, { body: { algorithm: "HS256" } });
  const { key } = made.json() as CreatedIdentityKey;
  expect((await owner.call("GET", `/sites/${other.id}/identity-keys`)).json()).toEqual({ keys: [] });
  expect((await owner.call("DELETE", `/sites/${other.id}/identity-keys/${key.id}`)).status).toBe(404);
  expect((await owner.call("GET", "/sites/9007199254740991/identity-keys")).status).toBe(404);
  const viewer = await world.as("viewer");
  expect((await viewer.call("GET", `/sites/${one.id}/identity-keys`)).status).toBe(200);
  const tried = await viewer.call("POST", `/sites/${one.id}/identity-keys`, { body: { algorithm: "HS256" } });
  expect(tried.status).toBe(403);
});
