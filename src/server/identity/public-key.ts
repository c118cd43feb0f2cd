import { createPublicKey } from "node:crypto";
import type { JWK } from "jose";

export type PublicKeyReading =
  | { readonly kind: "read"; readonly publicJwk: JWK }
  /** One English sentence. */
  | { readonly kind: "refused"; readonly sentence: string };

/** The public half of an Ed25519 key as somebody pastes it: PEM or JWK. A private key is refused, and never kept. */
export function readPublicKey(text: string): PublicKeyReading {
  const given = text.trim();
  return given.startsWith("{") ? readJwk(given) : readPem(given);
}

function readJwk(text: string): PublicKeyReading {
  const jwk = parsed(text);
  if (jwk === undefined) return refused("This is not JSON. Paste the public key as PEM or as JWK.");
  if ("d" in jwk || "k" in jwk) return PRIVATE;
  return imported(() => createPublicKey({ key: jwk, format: "jwk" }));
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function readPem(text: string): PublicKeyReading {
  if (text.includes("PRIVATE KEY")) return PRIVATE;
  if (!text.includes("BEGIN PUBLIC KEY"))
    return refused("This is no public key. Paste it as PEM (-----BEGIN PUBLIC KEY-----) or as JWK.");
  return imported(() => createPublicKey({ key: text, format: "pem" }));
}

function imported(read: () => ReturnType<typeof createPublicKey>): PublicKeyReading {
  try {
    const key = read();
    if (key.asymmetricKeyType !== "ed25519") return refused("Only Ed25519 keys can sign identity tokens with EdDSA.");
    const { kty, crv, x } = key.export({ format: "jwk" });
    return { kind: "read", publicJwk: { kty, crv, x } as JWK };
  } catch {
    return refused("The public key cannot be read. Paste it as PEM or as JWK, whole.");
  }
}

const refused = (sentence: string): PublicKeyReading => ({ kind: "refused", sentence });
const PRIVATE = refused("This is a private key. Keep it to yourself, and paste its public half.");
