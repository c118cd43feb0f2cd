import { generateKeyPairSync, type KeyObject } from "node:crypto";

/** A key of a service account as Google gives it out, and what its signatures are checked with. */
export function serviceAccount(): { readonly publicKey: KeyObject; readonly file: Readonly<Record<string, string>> } {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return {
    publicKey,
    file: {
      type: "service_account",
      project_id: "p-1234",
      private_key_id: "key-1",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      client_email: "exporter@p-1234.iam.gserviceaccount.com",
      // Nobody is to be sent there.
      token_uri: "https://evil.example/token",
    },
  };
}
