import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

// A secret that is compared character by character tells how many were right by how long it takes. Whether that can be
// measured depends on the day; whether it is written does not.

const SOURCES = fileURLToPath(new URL("../../src/server", import.meta.url));
const SECRET = /secret|hash|hmac|digest|signature|password|bearer|credential|token$/i;
const COMPARING = new Set([
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
]);

/** Comparisons in which a secret stands on one side and something that is not fixed on the other. */
function nakedComparisons(name: string, text: string): string[] {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const note = (node: ts.Node): void => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
    found.push(`${name}:${line + 1} ${node.getText(file)}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && COMPARING.has(node.operatorToken.kind)) {
      const sides = [node.left, node.right];
      if (sides.some(isSecret) && !sides.some(isFixed)) note(node);
    }
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name: called, expression } = node.expression;
      if (["equals", "compare", "startsWith", "localeCompare"].includes(called.text) && isSecret(expression))
        if (node.arguments.some((argument) => !isFixed(argument))) note(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** `secret`, `key.secretHash`, `secretOf(…)`; not the length of one. */
function isSecret(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return SECRET.test(node.text);
  if (ts.isPropertyAccessExpression(node)) return SECRET.test(node.name.text);
  if (ts.isCallExpression(node)) return isSecret(node.expression);
  return false;
}

function isFixed(node: ts.Expression): boolean {
  return (
    ts.isStringLiteral(node) ||
    ts.isNumericLiteral(node) ||
    node.kind === ts.SyntaxKind.NullKeyword ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    (ts.isIdentifier(node) && node.text === "undefined")
  );
}

/** What nobody outside can ask for or time. */
const ALLOWED: Readonly<Record<string, string>> = {
  "identity/erased-events.ts hmac.equals(sourceHmac)":
    "The sweep compares its own hashes with each other, by the clock.",
};

function sources(): string[] {
  return readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
}

describe("T14: secrets are compared in constant time", () => {
  test("T14: no source of the server compares a secret with an operator", () => {
    const all = sources().flatMap((name) => nakedComparisons(name, readFileSync(join(SOURCES, name), "utf8")));
    expect(all.filter((place) => ALLOWED[place.replace(/:\d+ /, " ")] === undefined)).toEqual([]);
  });

  test.each([
    ["if (key.secretHash === given) return;", 1],
    ["const same = password == row.password;", 1],
    ["return stored.hash.equals(hashKey(secret));", 1],
    ["if (secretOf(header) !== wanted) throw no();", 1],
    ["if (secret === undefined) return;", 0],
    ["if (!timingSafeEqual(hashKey(secret), key.secretHash)) throw no();", 0],
    ["if (secret.length < 16) return;", 0],
  ])("%s is told: %d", (text, count) => {
    expect(nakedComparisons("made-up.ts", text)).toHaveLength(count);
  });
});
