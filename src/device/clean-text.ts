/** U+0000 and halves of pairs, which no database takes as text; whole pairs are matched so that they stay. */
const ILL_FORMED = /\0|[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g;
const clean = (text: string): string => text.replace(ILL_FORMED, (found) => (found.length === 2 ? found : "\ufffd"));

/** A copy of a value as JSON carries it, its text made well-formed. Throws for what JSON cannot carry. */
export function cleanCopy<Value>(value: Value): Value {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? clean(part) : part));
  return JSON.parse(text) as Value;
}
