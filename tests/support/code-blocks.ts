import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One fenced block of a page that people read. */
export interface CodeBlock {
  readonly page: string;
  /** Of the line on which it begins. */
  readonly line: number;
  /** What stands behind the fence. */
  readonly language: string;
  readonly code: string;
}

const ROOT = new URL("../../", import.meta.url);
const PAPERS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "THREAT_MODEL.md"];

/** What people read: the papers beside the README and everything in docs/. */
export function listPages(): string[] {
  const docs = readdirSync(fileURLToPath(new URL("docs/", ROOT))).filter((name) => name.endsWith(".md"));
  return [...PAPERS, ...docs.map((name) => `docs/${name}`)];
}

export const listCodeBlocks = (): CodeBlock[] => listPages().flatMap(blocksOf);

function blocksOf(page: string): CodeBlock[] {
  const text = readFileSync(new URL(page, ROOT), "utf8");
  return [...text.matchAll(/^```(\S*)\n([^]*?)^```$/gm)].map(({ index, 1: language = "", 2: code = "" }) => ({
    page,
    line: text.slice(0, index).split("\n").length,
    language,
    code,
  }));
}
