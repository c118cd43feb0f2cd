import ts from "typescript";

/** Titles of all tests in a source, each with those of the groups around it: `group › title`. Templates as written. */
export function titlesOf(source: string): string[] {
  const file = ts.createSourceFile("test.ts", source, ts.ScriptTarget.Latest, true);
  const titles: string[] = [];
  const visit = (node: ts.Node, around: readonly string[]): void => {
    const called = ts.isCallExpression(node) ? callOf(node) : undefined;
    if (called === undefined) return ts.forEachChild(node, (child) => visit(child, around));
    const path = [...around, called.title];
    if (called.kind === "test") titles.push(path.join(" › "));
    else ts.forEachChild(node, (child) => visit(child, path));
  };
  visit(file, []);
  return titles;
}

function callOf(node: ts.CallExpression): { kind: "test" | "group"; title: string } | undefined {
  const [first] = node.arguments;
  const name = rootOf(node.expression);
  if (first === undefined || (name !== "test" && name !== "it" && name !== "describe")) return undefined;
  const title = textOf(first);
  return title === undefined ? undefined : { kind: name === "describe" ? "group" : "test", title };
}

/** `test` of `test`, `test.each(rows)` and `test.skipIf(x)`; not of `test.each` itself, whose argument is no title. */
function rootOf(expression: ts.Expression): string | undefined {
  if (ts.isIdentifier(expression)) return expression.text;
  if (ts.isCallExpression(expression) && ts.isPropertyAccessExpression(expression.expression))
    return rootOf(expression.expression.expression);
  if (ts.isPropertyAccessExpression(expression) && !["each", "for", "skipIf", "runIf"].includes(expression.name.text))
    return rootOf(expression.expression);
  return undefined;
}

function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) return node.getText().slice(1, -1);
  return undefined;
}
