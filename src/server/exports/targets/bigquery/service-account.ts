import { importPKCS8, SignJWT } from "jose";
import { Type } from "typebox";
import { Value } from "typebox/value";
import type { Clock } from "../../../lib/clock.ts";
import { ExportRefused } from "../../fault.ts";
import type { Wire } from "./wire.ts";

// https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests

/** The file that Google gives out for a service account, as far as we need it. */
const KeyFile = Type.Object({
  type: Type.Literal("service_account"),
  project_id: Type.String({ pattern: "^[a-z0-9.:-]{4,100}$" }),
  client_email: Type.String({ pattern: "^\\S+@\\S+$" }),
  private_key: Type.String({ pattern: "^-----BEGIN PRIVATE KEY-----" }),
  private_key_id: Type.Optional(Type.String()),
});

export interface ServiceAccount {
  readonly projectId: string;
  readonly email: string;
  readonly privateKey: string;
  readonly keyId: string | undefined;
}

export function readServiceAccount(text: string): ServiceAccount {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw unusable("The key is no JSON. Paste the whole file that Google gave out for the service account.");
  }
  if (!Value.Check(KeyFile, file))
    throw unusable(
      "This is no key of a service account: it needs type, project_id, client_email and private_key. Create a key of the type JSON in Google's console, and paste that file.",
    );
  return {
    projectId: file.project_id,
    email: file.client_email,
    privateKey: file.private_key,
    keyId: file.private_key_id,
  };
}

const unusable = (detail: string) => new ExportRefused("key.invalid", detail);

// Not the address that the file names: a file from elsewhere must not choose whom we speak to.
const TOKEN_URL = "https://oauth2.googleapis.com/token";
const SCOPE = "https://www.googleapis.com/auth/bigquery";
const HOUR = 3_600;

/** Gives the access token, a new one when the old is about to end. */
export function tokenSource(account: ServiceAccount, { wire, clock }: { readonly wire: Wire; readonly clock: Clock }) {
  let held: { readonly token: string; readonly until: number } | undefined;
  return {
    async get(): Promise<string> {
      const now = clock();
      if (held === undefined || held.until < now + 60_000) held = await ask(account, { wire, now });
      return held.token;
    },
    /** It was refused, for whatever reason. */
    forget: () => void (held = undefined),
  };
}

async function ask(account: ServiceAccount, { wire, now }: { readonly wire: Wire; readonly now: number }) {
  const issuedAt = Math.floor(now / 1_000);
  const key = await importPKCS8(account.privateKey, "RS256").catch(() => {
    throw unusable("The private key in the file cannot be read. Create a new key in Google's console.");
  });
  const assertion = await new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", ...(account.keyId !== undefined && { kid: account.keyId }) })
    .setIssuer(account.email)
    .setAudience(TOKEN_URL)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + HOUR)
    .sign(key);
  const body = new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion });
  const answer = await wire.send(TOKEN_URL, { method: "POST", body });
  if (answer.status >= 400)
    throw new ExportRefused(
      "key.refused",
      "Google refused the key. It was deleted or disabled, or the clock of this server is wrong. Create a new key and enter it.",
    );
  const { access_token: token, expires_in: seconds } = (await answer.json()) as {
    access_token: string;
    expires_in: number;
  };
  return { token, until: now + seconds * 1_000 };
}
