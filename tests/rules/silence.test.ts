import { expect, test } from "vitest";
import type { SiteKey } from "../../src/contract/identifiers.ts";
import { planSilence, type Sighting } from "../../src/server/sites/index.ts";

const SHOP = "https://shop.example";
const site = { siteKey: "right-key" as SiteKey, url: `${SHOP}/start`, allowedOrigins: [] };
const sighting = (code: string, origin = SHOP, siteKey = ""): Sighting => ({
  code,
  origin,
  siteKey,
  times: 3,
  firstAt: 1,
  lastAt: 2,
});
const causes = (sightings: readonly Sighting[], rejected: Parameters<typeof planSilence>[1]["rejected"] = []) =>
  planSilence(site, { sightings, rejected }).map(({ kind }) => kind);

test("a site that nobody's page asked for is told so", () => {
  expect(causes([])).toEqual(["nothing"]);
  expect(causes([sighting("script", "https://another.example")])).toEqual(["nothing"]);
});

test("the script alone is a cause only while nothing better is known", () => {
  expect(causes([sighting("script")])).toEqual(["onlyScript"]);
  expect(causes([sighting("script"), sighting("unknown_site", SHOP, "wrong-key")])).toEqual(["wrongKey"]);
});

test("a wrong key counts from the site's own pages, and from any where the site has no address", () => {
  const elsewhere = [sighting("unknown_site", "https://another.example", "wrong-key")];
  expect(causes(elsewhere)).toEqual(["nothing"]);
  expect(planSilence({ ...site, url: null }, { sightings: elsewhere, rejected: [] })).toMatchObject([
    { kind: "wrongKey", origin: "https://another.example", siteKey: "wrong-key", times: 3 },
  ]);
});

test("an origin is blocked only where the key was this site's", () => {
  expect(causes([sighting("origin_not_allowed", "https://www.shop.example", "right-key")])).toEqual(["blockedOrigin"]);
  expect(causes([sighting("origin_not_allowed", "https://www.shop.example", "key-of-another")])).toEqual(["nothing"]);
  const sightings = [sighting("origin_not_allowed", "https://www.shop.example", "right-key")];
  const allowed = { ...site, allowedOrigins: ["https://www.shop.example"] };
  expect(planSilence(allowed, { sightings, rejected: [] })).toEqual([{ kind: "nothing" }]);
});

test("requests without a readable key count from one's own pages and from nowhere", () => {
  expect(causes([sighting("invalid_json")])).toEqual(["refused"]);
  expect(causes([sighting("invalid_json", "")])).toEqual(["refused"]);
  expect(causes([sighting("invalid_json", "https://another.example")])).toEqual(["nothing"]);
  expect(causes([sighting("too_many_messages", "https://another.example", "right-key")])).toEqual(["refused"]);
});

test("the most telling comes first, and there are at most five", () => {
  const told = causes(
    [
      sighting("script"),
      sighting("invalid_json"),
      ...["a", "b", "c"].map((key) => sighting("unknown_site", SHOP, key)),
      sighting("origin_not_allowed", SHOP, "right-key"),
    ],
    [{ code: "invalid_email", times: 2, lastAt: 2 }],
  );
  expect(told).toEqual(["blockedOrigin", "wrongKey", "wrongKey", "wrongKey", "rejected"]);
});
