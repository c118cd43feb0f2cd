import type { Me } from "../../../contract/admin/session.ts";

export const WAYS = ["html", "gtm", "wordpress", "npm", "pinned", "csp"] as const;
export type Way = (typeof WAYS)[number];

interface Installation {
  readonly server: string;
  readonly siteKey: string;
  readonly tracker: Me["tracker"];
}

/** What to paste. Keys are safe in markup: letters, digits, dash and underscore. */
export function tagFor(way: Way, { server, siteKey, tracker }: Installation): string {
  switch (way) {
    case "html":
    case "wordpress":
      return `<script defer src="${server}/backstory.js" data-site="${siteKey}"></script>`;
    case "gtm":
      return `<script async src="${server}/backstory.js?site=${siteKey}"></script>`;
    case "npm":
      return [
        "// npm install backstory",
        'import { init } from "backstory";',
        "",
        `init({ site: "${siteKey}", host: "${server}" });`,
      ].join("\n");
    case "pinned":
      return [
        `<script defer src="${server}${tracker?.path ?? ""}" data-site="${siteKey}"`,
        `  integrity="${tracker?.integrity ?? ""}" crossorigin="anonymous"></script>`,
      ].join("\n");
    case "csp":
      return `script-src ${new URL(server).origin}; connect-src ${new URL(server).origin}`;
  }
}

export const pageExample = `backstory("identify", {
  externalId: "customer-17",
  email: "anna@example.com",
  firstName: "Anna",
});`;

/** `secret`: of a key that was made for this; without one, the variable that holds it. */
export function backEndExample(server: string, secret = "$API_KEY"): string {
  return `curl ${server}/api/v1/contact \\
  -u "backstory:${secret}" \\
  -H "Content-Type: application/json" \\
  -d '{
    "externalCustomerId": "customer-17",
    "channels": [{ "type": "email", "value": "anna@example.com" }],
    "visitorId": "value of the cookie backstory_id"
  }'`;
}

interface Signing {
  readonly siteKey: string;
  readonly keyId: string;
  readonly algorithm: "HS256" | "EdDSA";
}

/** What the site's back end does when it renders a page for somebody who is logged in. */
export function signingExample({ siteKey, keyId, algorithm }: Signing): string {
  const key =
    algorithm === "HS256"
      ? 'Buffer.from(process.env.IDENTITY_SECRET, "base64url")'
      : 'await importPKCS8(process.env.IDENTITY_PRIVATE_KEY, "EdDSA")';
  return `import { ${algorithm === "HS256" ? "SignJWT" : "importPKCS8, SignJWT"} } from "jose";

const token = await new SignJWT({ vid: cookies.backstory_id, email: user.email })
  .setProtectedHeader({ alg: "${algorithm}", kid: "${keyId}" })
  .setSubject(user.id)
  .setAudience("${siteKey}")
  .setJti(crypto.randomUUID())
  .setIssuedAt()
  .setExpirationTime("10m")
  .sign(${key});

// In the page: backstory("identify", { externalId: user.id, token });`;
}
