import { beforeAll, describe, expect, test } from "vitest";
import { contactApi, type ContactApi } from "../support/contact-api.ts";

let api: ContactApi;
beforeAll(async () => {
  api = await contactApi();
});

async function add(body: unknown): Promise<number> {
  return ((await api.call("POST", "/api/v1/contact", { body })).json() as { id: number }).id;
}
async function told(method: string, path: string, body?: unknown): Promise<[number, string]> {
  const { status, text } = await api.call(method, path, { body });
  return [status, text];
}
const email = (value: string) => ({ type: "email", value });

describe("one contact by id", () => {
  test("is given out with its external id, without empty fields, phones without plus", async () => {
    const id = await add({
      externalCustomerId: "out",
      firstName: "Ada",
      channels: [email("Ada@Shop.example"), { type: "sms", value: "+380942583690" }],
      address: { town: "London" },
      contactKey: "k-1",
    });

    const answer = await api.call("GET", `/api/v1/contact/${id}`);

    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/json;charset=UTF-8");
    expect(answer.json()).toEqual({
      id,
      externalCustomerId: "out",
      firstName: "Ada",
      contactKey: "k-1",
      address: { town: "London" },
      addressBookId: 1,
      channels: [
        { type: "email", value: "Ada@Shop.example" },
        { type: "sms", value: "380942583690" },
      ],
    });
  });

  test("is given out though the client sends a body along, and with a slash at the end", async () => {
    const id = await add({ externalCustomerId: "body-along" });
    expect((await api.call("GET", `/api/v1/contact/${id}/`, { body: "[]" })).json()).toMatchObject({ id });
    expect((await api.call("DELETE", `/api/v1/contact/${id}`, { body: "{}" })).status).toBe(200);
  });

  test("is changed by PUT, in the vendor's words; absent members stay", async () => {
    const id = await add({ externalCustomerId: "put", firstName: "Ada", lastName: "Lovelace" });

    expect(await told("PUT", `/api/v1/contact/${id}`, { firstName: "Augusta", lastName: "" })).toEqual([
      200,
      `Contact with id='${id}' has been updated`,
    ]);
    expect((await api.call("GET", `/api/v1/contact/${id}`)).json()).toMatchObject({
      firstName: "Augusta",
      lastName: "Lovelace",
    });
  });

  test("is changed by PUT when the client wraps it as for subscribe", async () => {
    const id = await add({ externalCustomerId: "wrapped" });
    const body = { contact: { firstName: "Ada" }, groups: null, formType: null };
    expect((await told("PUT", `/api/v1/contact/${id}`, body))[0]).toBe(200);
    expect((await api.call("GET", `/api/v1/contact/${id}`)).json()).toMatchObject({ firstName: "Ada" });
  });

  test("gets a free external id by PUT, never another's, never a second one", async () => {
    const [id] = [await add({ channels: [email("free@shop.example")] }), await add({ externalCustomerId: "others" })];

    expect(await told("PUT", `/api/v1/contact/${id}`, { externalCustomerId: "others" })).toEqual([
      409,
      "externalCustomerId is already used by another contact (identifier_mismatch)",
    ]);
    expect((await told("PUT", `/api/v1/contact/${id}`, { externalCustomerId: "own" }))[0]).toBe(200);
    expect(await told("PUT", `/api/v1/contact/${id}`, { externalCustomerId: "second" })).toEqual([
      409,
      "externalCustomerId can't be changed (external_id_immutable)",
    ]);
    expect((await api.call("GET", `/api/v1/contact/${id}`)).json()).toMatchObject({ externalCustomerId: "own" });
  });

  test("is deleted in the vendor's words, twice the same, and then is gone but named", async () => {
    const id = await add({ externalCustomerId: "deleted" });
    const sentence = [200, `Contact with id='${id}' has been deleted`];

    expect(await told("DELETE", `/api/v1/contact/${id}`)).toEqual(sentence);
    expect(await told("DELETE", `/api/v1/contact/${id}`)).toEqual(sentence);
    const gone = [410, `Contact with id='${id}' not found: it has been deleted`];
    expect(await told("GET", `/api/v1/contact/${id}`)).toEqual(gone);
    expect(await told("PUT", `/api/v1/contact/${id}`, { firstName: "Ada" })).toEqual(gone);
  });

  test("that never was is a 404 with the vendor's words in it", async () => {
    const unknown = [404, "Contact with id='987654' not found"];
    for (const method of ["GET", "DELETE"]) expect(await told(method, "/api/v1/contact/987654")).toEqual(unknown);
    expect(await told("PUT", "/api/v1/contact/987654", { firstName: "Ada" })).toEqual(unknown);
    expect(await told("GET", "/api/v1/contact/abc")).toEqual([404, "Contact with id='abc' not found"]);
    expect(await told("GET", "/api/v1/contact/0")).toEqual([404, "Contact with id='0' not found"]);
  });

  test("that was merged leads to the survivor, for every method", async () => {
    const loser = await add({ channels: [email("merged@shop.example")] });
    const winner = await add({ externalCustomerId: "winner" });
    await add({ externalCustomerId: "winner", channels: [email("merged@shop.example")] });

    expect((await api.call("GET", `/api/v1/contact/${loser}`)).json()).toMatchObject({
      id: winner,
      externalCustomerId: "winner",
    });
    expect(await told("PUT", `/api/v1/contact/${loser}`, { firstName: "Ada" })).toEqual([
      200,
      `Contact with id='${loser}' has been updated`,
    ]);
    expect((await api.call("GET", `/api/v1/contact/${winner}`)).json()).toMatchObject({ firstName: "Ada" });
    expect(await told("DELETE", `/api/v1/contact/${loser}`)).toEqual([
      200,
      `Contact with id='${loser}' has been deleted`,
    ]);
    expect((await told("GET", `/api/v1/contact/${winner}`))[0]).toBe(410);
  });
});

describe("a contact by external id", () => {
  const path = (query: string) => `/api/v1/contact?${query}`;

  test("is deleted softly unless erasing is asked for", async () => {
    const id = await add({ externalCustomerId: "soft 1" });
    const sentence = [200, "Contact with externalCustomerId='soft 1' has been deleted"];

    expect(await told("DELETE", path("externalCustomerId=soft%201"))).toEqual(sentence);
    expect(await told("DELETE", path("externalCustomerId=soft%201&erase=false"))).toEqual(sentence);
    expect(
      (await api.call("POST", "/api/v1/contact", { body: { externalCustomerId: "soft 1" } })).json(),
    ).toMatchObject({
      id,
      restored: true,
    });
  });

  test("is erased for good, also when it was deleted before", async () => {
    const id = await add({ externalCustomerId: "erase", channels: [email("erase@shop.example")] });
    await told("DELETE", path("externalCustomerId=erase"));

    expect(await told("DELETE", path("externalCustomerId=erase&erase=true"))).toEqual([
      200,
      "Contact with externalCustomerId='erase' has been erased",
    ]);
    const unknown = [404, "Contact with externalCustomerId='erase' not found"];
    expect(await told("DELETE", path("externalCustomerId=erase&erase=true"))).toEqual(unknown);
    const gone = [410, `Contact with id='${id}' not found: it has been erased`];
    for (const method of ["GET", "DELETE"]) expect(await told(method, `/api/v1/contact/${id}`)).toEqual(gone);
    expect(await told("PUT", `/api/v1/contact/${id}`, { firstName: "Ada" })).toEqual(gone);
    // The next person with that id is a new one.
    expect(await add({ externalCustomerId: "erase" })).not.toBe(id);
  });

  test.each([
    ["unknown", "externalCustomerId=nobody", 404, "Contact with externalCustomerId='nobody' not found"],
    ["missing", "", 400, "(no_identifier)"],
    ["blank", "externalCustomerId=%20", 400, "(no_identifier)"],
    ["with a strange erase", "externalCustomerId=x&erase=yes", 400, "erase has to be true or false"],
  ])("that is %s gets a sentence", async (_what, query, status, sentence) => {
    expect(await told("DELETE", path(query))).toEqual([status, expect.stringContaining(sentence)]);
  });
});
