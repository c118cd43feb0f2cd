// `npm run configuration`: writes docs/configuration.md, which a test compares with what the server reads.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { register } from "tsx/esm/api";

register();
const { VARIABLES } = await import("../src/server/config-variables.ts");

const withoutIt = ({ byDefault, otherwise }) => otherwise ?? `\`${byDefault}\``;
const rows = Object.entries(VARIABLES).map(
  ([name, variable]) =>
    `| \`${name}\`${variable.inFile ? " · `_FILE`" : ""} | ${withoutIt(variable)} | ${variable.meaning} |`,
);

/** The whole page. */
export const configurationPage = () => `# Configuration

By environment; everything is optional. All that is wrong is told at once when the server or a command starts, a sentence each. A variable
with \`_FILE\` beside it may lie in a file instead, as container platforms hand out secrets: \`SECRET_KEY_FILE=/run/secrets/key\`.

This page is written by \`npm run configuration\` from what the server reads.

| variable | without it | meaning |
|---|---|---|
${rows.join("\n")}
`;

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(fileURLToPath(new URL("../docs/configuration.md", import.meta.url)), configurationPage());
