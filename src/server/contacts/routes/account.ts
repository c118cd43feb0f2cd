import { json, type Endpoint } from "../../http/compatible.ts";
import type { ContactApiDeps } from "./deps.ts";

/** `GET /version` */
export const tellVersion: Endpoint["answer"] = () => Promise.resolve(json({ version: "1", protocolVersion: "1.0" }));

/** `GET /account/info`: how plug-ins test their connection. */
export function tellAccount({ account }: ContactApiDeps): Endpoint["answer"] {
  const { userEmail = "", organisationName = "Backstory" } = account ?? {};
  return () => Promise.resolve(json({ userEmail, organisationName, orgId: 1 }));
}
