import { createRequire } from "node:module";
import { freePort } from "./server-process.ts";

// Google's own analyser of the SQL that BigQuery speaks (https://github.com/google/zetasql), as a program within an npm
// package of 110 MB: too much to be installed for one test, so it is used where somebody has installed it.

const PACKAGE = "@fivetrandevelopers/zetasql";
const load = createRequire(import.meta.url);

/** Why the analyser is not there; undefined: it is. */
export function whyNoAnalyser(): string | undefined {
  try {
    load.resolve(PACKAGE);
    return undefined;
  } catch {
    return `npm install --no-save ${PACKAGE}@1.13.0`;
  }
}

export type SqlType = "INTEGER" | "BOOLEAN" | "FLOAT" | "STRING" | "TIMESTAMP" | "DATE";

/** What statements may name. */
export interface Known {
  readonly tables: ReadonlyMap<string, readonly { readonly name: string; readonly type: string }[]>;
  /** Variables of a script. */
  readonly variables: Readonly<Record<string, SqlType>>;
  /** `many`: an array of it. A record: an array of structures with these members. */
  readonly parameters: Readonly<
    Record<string, SqlType | { readonly many: SqlType } | Readonly<Record<string, SqlType>>>
  >;
}

export interface Analyser {
  /** What is wrong with one statement; undefined: nothing. */
  faultOf(statement: string): Promise<string | undefined>;
  close(): void;
}

interface Library {
  readonly runServer: (port: number) => Promise<never>;
  readonly terminateServer: () => void;
  readonly ZetaSQLClient: {
    init(port: number): void;
    getInstance(): {
      testConnection(): Promise<boolean>;
      getLanguageOptions(request: object): Promise<object>;
      analyze(request: object): Promise<object>;
    };
  };
}

const KINDS: Readonly<Record<string, string>> = {
  INTEGER: "TYPE_INT64",
  BOOLEAN: "TYPE_BOOL",
  FLOAT: "TYPE_DOUBLE",
  STRING: "TYPE_STRING",
  TIMESTAMP: "TYPE_TIMESTAMP",
  DATE: "TYPE_DATE",
};
const plain = (type: string) => ({ typeKind: KINDS[type] });
const arrayOf = (elementType: object) => ({ typeKind: "TYPE_ARRAY", arrayType: { elementType } });

function parameterType(type: Known["parameters"][string]): object {
  if (typeof type === "string") return plain(type);
  if ("many" in type) return arrayOf(plain(type.many));
  const field = Object.entries(type).map(([fieldName, of]) => ({ fieldName, fieldType: plain(of) }));
  return arrayOf({ typeKind: "TYPE_STRUCT", structType: { field } });
}

const VALUES: Partial<Record<SqlType, object>> = {
  INTEGER: { int64Value: 0 },
  TIMESTAMP: { timestampValue: { seconds: 0 } },
};

/** Starts it. */
export async function startAnalyser({ tables, variables, parameters }: Known): Promise<Analyser> {
  const { runServer, terminateServer, ZetaSQLClient } = load(PACKAGE) as Library;
  const port = await freePort();
  void runServer(port);
  ZetaSQLClient.init(port);
  const client = ZetaSQLClient.getInstance();
  if (!(await client.testConnection())) throw new Error("The analyser does not answer.");
  const languageOptions = {
    ...(await client.getLanguageOptions({ maximumFeatures: true })),
    productMode: "PRODUCT_EXTERNAL",
    // None named: all of them.
    supportedStatementKinds: [],
  };
  const options = {
    languageOptions,
    queryParameters: Object.entries(parameters).map(([name, type]) => ({
      name: name.toLowerCase(),
      type: parameterType(type),
    })),
    systemVariables: [{ namePath: ["row_count"], type: plain("INTEGER") }],
  };
  const simpleCatalog = {
    name: "exports",
    table: [...tables].map(([name, columns]) => ({
      name,
      column: columns.map((column) => ({ name: column.name, type: plain(column.type) })),
    })),
    constant: Object.entries(variables).map(([name, type]) => ({
      namePath: [name],
      type: plain(type),
      value: VALUES[type],
    })),
    builtinFunctionOptions: { languageOptions },
  };
  return {
    faultOf: (statement) =>
      client.analyze({ options, simpleCatalog, sqlStatement: statement }).then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      ),
    close: terminateServer,
  };
}
