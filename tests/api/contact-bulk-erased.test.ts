import { expect, test } from "vitest";
import { contactApi } from "../support/contact-api.ts";
import { eventually } from "../support/eventually.ts";

test("an erased person's external id leaves the reports of uploads", async () => {
  const api = await contactApi();
  const body = { contacts: [{ externalCustomerId: "to-be-erased" }] };
  const answer = await api.call("POST", "/api/v1/contacts", { body });
  const { asyncSessionId } = answer.json() as { asyncSessionId: string };
  const status = () => api.call("GET", `/api/v1/importstatus/${asyncSessionId}`);
  await eventually(async () => expect((await status()).text).toContain('"FINISHED"'));
  expect((await status()).text).toContain("to-be-erased");

  await api.call("DELETE", "/api/v1/contact?externalCustomerId=to-be-erased&erase=true");

  expect((await status()).text).not.toContain("to-be-erased");
});
