/** Bytes of the script-tag build as a visitor downloads it. */
export declare const BROTLI_BUDGET: number;
/** Bytes of the same with the web compatibility layer. */
export declare const COMPATIBILITY_BUDGET: number;
/** Bytes of script in the snippet, without its tags. */
export declare const SNIPPET_BUDGET: number;

/** Bundles one entry of src/tracker for browsers and says which modules went in. */
export declare function bundleScript(entry: string): Promise<{ code: string; modules: string[] }>;

/** Writes the tracker's files into `outDir`; throws when it is over its budget. */
export declare function buildTracker(place: { outDir: string }): Promise<{
  size: { raw: number; gzip: number; brotli: number };
  hash: string;
  /** Value of the `integrity` attribute. */
  integrity: string;
}>;
