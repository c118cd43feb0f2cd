// `npm run openapi`: writes docs/openapi.json, which a test compares with what the server says.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { register } from "tsx/esm/api";

register();
const { openApiDocument } = await import("../src/server/api-docs.ts");
const folder = new URL("../docs/", import.meta.url);
mkdirSync(folder, { recursive: true });
const file = fileURLToPath(new URL("openapi.json", folder));
writeFileSync(file, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
console.log(`Written: ${file}`);
