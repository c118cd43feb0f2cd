import { beforeAll, describe, expect, test } from "vitest";
import { contactApi, type ContactApi } from "../support/contact-api.ts";

let api: ContactApi;
const ids: number[] = [];
beforeAll(async () => {
  api = await contactApi();
  for (const body of [
    {
      externalCustomerId: "s-1",
      firstName: "Олена",
      lastName: "Петренко",
      channels: { type: "email", value: "Olena@shop.example" },
    },
    {
      externalCustomerId: "s-2",
      firstName: "Олег",
      lastName: "Петренко",
      channels: { type: "sms", value: "+380441234567" },
    },
    { externalCustomerId: "s-3", firstName: "100%", lastName: "O_Neil" },
    { externalCustomerId: "s-4", firstName: "Deleted" },
  ])
    ids.push(((await api.call("POST", "/api/v1/contact", { body })).json() as { id: number }).id);
  await api.call("DELETE", `/api/v1/contact/${ids[3] ?? 0}`);
});

async function search(query: Record<string, string>) {
  const { status, headers, text, json } = await api.call(
    "GET",
    `/api/v1/contacts?${new URLSearchParams(query).toString()}`,
  );
  if (status !== 200) return { status, text };
  const found = json() as { externalCustomerId: string }[];
  return { found: found.map((contact) => contact.externalCustomerId), total: headers["totalcount"] };
}

describe("a search", () => {
  test.each<[string, Record<string, string>, string[]]>([
    ["the external id", { externalCustomerId: "s-1" }, ["s-1"]],
    ["the external id in another letter case", { externalCustomerId: "S-1" }, []],
    ["an email, however it is written", { email: " OLENA@shop.example " }, ["s-1"]],
    ["the beginning of an email", { email: "olena@shop" }, []],
    ["a phone, however it is written", { sms: "38 (044) 123-45-67" }, ["s-2"]],
    ["the beginning of a first name in any letter case", { firstname: "ОЛЕ" }, ["s-1", "s-2"]],
    ["first and last name together", { firstname: "олен", lastname: "петренко" }, ["s-1"]],
    ["signs that mean something to the database", { firstname: "100%" }, ["s-3"]],
    ["an underscore", { lastname: "O_" }, ["s-3"]],
    ["only one sign of percent", { firstname: "%" }, []],
    ["nothing: everybody who is live, in order of ids", {}, ["s-1", "s-2", "s-3"]],
    ["blank parameters", { email: "", firstname: " " }, ["s-1", "s-2", "s-3"]],
    ["a deleted contact", { externalCustomerId: "s-4" }, []],
  ])("by %s", async (_what, query, found) => {
    expect(await search(query)).toEqual({ found, total: String(found.length) });
  });

  test("pages from startindex 1 and always tells the total", async () => {
    expect(await search({ startindex: "1", maxrows: "2" })).toEqual({ found: ["s-1", "s-2"], total: "3" });
    expect(await search({ startindex: "3", maxrows: "2" })).toEqual({ found: ["s-3"], total: "3" });
    expect(await search({ startindex: "9" })).toEqual({ found: [], total: "3" });
    expect(await search({ maxrows: "100000" })).toEqual({ found: ["s-1", "s-2", "s-3"], total: "3" });
    expect(await search({ externalCustomerId: "s-1", startindex: "1", maxrows: "10" })).toMatchObject({
      found: ["s-1"],
    });
  });

  test("148. by external id takes no other parameter", async () => {
    expect(await search({ externalCustomerId: "s-1", email: "olena@shop.example" })).toEqual({
      status: 400,
      text: expect.stringContaining("no other search parameter") as string,
    });
  });

  test.each([{ startindex: "0" }, { startindex: "x" }, { maxrows: "-1" }])("refuses %o", async (query) => {
    expect(await search(query)).toMatchObject({ status: 400 });
  });

  test("answers a list even for one", async () => {
    const answer = await api.call("GET", "/api/v1/contacts?externalCustomerId=s-2");
    expect(answer.json()).toEqual([
      {
        id: ids[1],
        externalCustomerId: "s-2",
        firstName: "Олег",
        lastName: "Петренко",
        addressBookId: 1,
        channels: [{ type: "sms", value: "380441234567" }],
      },
    ]);
  });
});
