import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

// AES-256-GCM under a key of its own, derived from the installation's (RFC 5869). Laid out as version, IV, tag, text.

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

const sealingKey = (secretKey: string): Buffer =>
  Buffer.from(hkdfSync("sha256", secretKey, "", "backstory sealed secrets", 32));

/** Makes a secret unreadable without the installation's key. `place`: where it is kept, so that it opens nowhere else. */
export function seal(secretKey: string, place: string, secret: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", sealingKey(secretKey), iv).setAAD(Buffer.from(place));
  const text = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return Buffer.concat([Buffer.from([VERSION]), iv, cipher.getAuthTag(), text]);
}

/** Nothing when another key sealed it, or it was kept in another place, or somebody changed it. */
export function unseal(secretKey: string, place: string, sealed: Buffer): string | undefined {
  const tagAt = 1 + IV_BYTES;
  const textAt = tagAt + TAG_BYTES;
  if (sealed.length < textAt || sealed[0] !== VERSION) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", sealingKey(secretKey), sealed.subarray(1, tagAt), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(tagAt, textAt));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(textAt)), decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}
