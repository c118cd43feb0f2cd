import { fileURLToPath } from "node:url";
import ts from "typescript";

const FOLDER = fileURLToPath(new URL("../../", import.meta.url));

/** What TypeScript has against a module that stands in the folder of the project, in its words. */
export function typeFaults(text: string): string[] {
  const name = `${FOLDER}checked.ts`;
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.ES2023);
  host.getSourceFile = (file, ...rest) => (file === name ? source : getSourceFile.call(host, file, ...rest));
  const program = ts.createProgram([name], options, host);
  const faults = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  return faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
