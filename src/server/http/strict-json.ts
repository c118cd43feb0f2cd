/** What is wrong with a text that should be JSON, as one sentence. */
export class JsonRefused extends Error {}

const MAX_DEPTH = 32;

/**
 * JSON, refused when it is nested deeper than anything meant, and when an object names a member twice: parsers disagree on which of the two counts, so one part of a
 * system could act on an address that another part never saw (RFC 8259 §4).
 */
export function parseStrictJson(text: string): unknown {
  const value = parse(text);
  refuseByStructure(text);
  if (text.includes("\\u") && UNSTORABLE.test(JSON.stringify(value)))
    throw new JsonRefused("The JSON has a character that is no text: U+0000 or half of a pair.");
  return value;
}

// What JSON.stringify writes for U+0000 and for lone surrogates, which no database takes as text.
const UNSTORABLE = /(?:^|[^\\])(?:\\\\)*\\u(?:0000|d[89a-f])/;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new JsonRefused("The body is not valid JSON.");
  }
}

// The text is known to be valid, so strings and the signs between values are all there is to look at.
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

function refuseByStructure(text: string): void {
  // One entry for each open bracket: the members seen so far, or nothing for an array.
  const open: (Set<string> | undefined)[] = [];
  let members: Set<string> | undefined;
  let nameExpected = false;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") {
      members = token === "{" ? new Set() : undefined;
      open.push(members);
      if (open.length > MAX_DEPTH) throw new JsonRefused(`The JSON is nested deeper than ${MAX_DEPTH} levels.`);
      nameExpected = token === "{";
    } else if (token === "}" || token === "]") {
      open.pop();
      members = open.at(-1);
      nameExpected = false;
    } else if (token === ",") {
      nameExpected = members !== undefined;
    } else if (nameExpected && members !== undefined) {
      const name = token.includes("\\") ? String(JSON.parse(token)) : token.slice(1, -1);
      if (members.has(name))
        throw new JsonRefused(`The JSON names the member "${name.slice(0, 50)}" twice in one object.`);
      members.add(name);
      nameExpected = false;
    }
  }
}
