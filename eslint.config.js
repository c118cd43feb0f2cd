import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

// A constant of the module, such as a list of columns, may stand in it.
const noTemplateInSql = {
  selector:
    "CallExpression[callee.property.name=/^query(Named)?$/] > TemplateLiteral.arguments > .expressions:not(Identifier[name=/^[A-Z][A-Z0-9_]*$/], BinaryExpression[left.name=/^[A-Z][A-Z0-9_]*$/][right.type='Literal'])",
  message: "SQL is a constant; values go in as $1, $2 ….",
};
const house = [
  noTemplateInSql,
  { selector: "TSEnumDeclaration", message: "No enum: a union of literals says the same and is erased." },
  { selector: "ExportDefaultDeclaration", message: "No default export: one name a thing, everywhere." },
];

export default defineConfig(
  globalIgnores(["dist/", "data/", "node_modules/", "**/*.tmp.mjs"]),
  {
    files: ["**/*.{ts,tsx}"],
    ignores: ["*.config.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "no-restricted-syntax": ["error", ...house],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // Our objects are closures, so a function of theirs may be handed on by itself.
      "@typescript-eslint/unbound-method": "off",
      // `return done(error)` ends a callback in one line.
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-meaningless-void-operator": "off",
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      // Checks at the edges (JSON, rows, other browsers) look needless to the compiler, which believes the types.
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-dynamic-delete": "off",
      // `[...text]` is how characters beyond the first plane stay whole.
      "@typescript-eslint/no-misused-spread": ["error", { allow: ["string"] }],
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "@typescript-eslint/no-unnecessary-type-arguments": "off",
      // Three, and then an object.
      "max-params": ["error", 4],
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 120, skipBlankLines: true, skipComments: true }],
      "max-depth": ["error", 4],
      "no-console": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  {
    // Where people read: the process itself, programs, the demo shop.
    files: ["src/server/main.ts", "src/cli/**", "demo-site/**", "bench/**", "tests/**"],
    rules: { "no-console": "off" },
  },
  {
    // Every byte counts here, and anything may come from a page: values are made text where they are used.
    files: ["src/tracker/**"],
    rules: {
      "@typescript-eslint/restrict-template-expressions": "off",
      "@typescript-eslint/restrict-plus-operands": "off",
      "@typescript-eslint/no-base-to-string": "off",
      "@typescript-eslint/no-misused-spread": "off",
      "no-console": "off",
    },
  },
  // Where else should an app's developer be told that something was lost?
  { files: ["src/device/device.ts"], rules: { "no-console": "off" } },
  // Old ways that browsers still need as a fallback.
  { files: ["src/admin/**"], rules: { "@typescript-eslint/no-deprecated": "off" } },
  {
    // A test looks at answers as they come.
    files: ["tests/**"],
    rules: {
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/restrict-plus-operands": "off",
    },
  },
  {
    // A test may name a database or a table of its own making.
    files: ["tests/**", "bench/**"],
    rules: {
      "max-lines-per-function": "off",
      "max-lines": "off",
      "no-restricted-syntax": ["error", ...house.slice(1)],
    },
  },
  // Vitest asks for it.
  { files: ["tests/support/global-setup.ts"], rules: { "no-restricted-syntax": "off" } },
  { files: ["**/*.{js,mjs,cjs}"], rules: { eqeqeq: "error", "no-undef": "off", "prefer-const": "error" } },
);
