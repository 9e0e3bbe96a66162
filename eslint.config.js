import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  {
    // A peer of the benchmark is AssemblyScript; wrong uses do not compile by design.
    ignores: ["dist/", ".cache/", "bench/envoy/peers/assemblyscript-sdk/", "test/types/wrong/"],
  },
  { linterOptions: { reportUnusedDisableDirectives: "error", reportUnusedInlineConfigs: "error" } },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        // The first project that includes a file decides the world it is checked in.
        project: ["./tsconfig.guest.json", "./tsconfig.policies.json", "./tsconfig.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      curly: "error",
      eqeqeq: "error",
      // One import of each module; types among values say so: `import { a, type B }`.
      "no-duplicate-imports": "error",
      "no-control-regex": "error",
      "no-constant-binary-expression": "error",
      "no-empty": "error",
      "no-fallthrough": "error",
      "no-irregular-whitespace": "error",
      "no-loss-of-precision": "error",
      "no-misleading-character-class": "error",
      "no-self-assign": "error",
      "no-unsafe-finally": "error",
      "no-unused-labels": "error",
      "no-useless-escape": "error",
      "require-yield": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportAllDeclaration[exported=null]", message: "Name what is exported: `export { … } from`." },
      ],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      // Numbers in messages are wanted; everything else must be made a string on purpose.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `() => effect()` is the usual short callback.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // `json<T>()` takes the caller's word for a type.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // Overloads that mean different things are documented apart.
      "@typescript-eslint/unified-signatures": "off",
      // `void | …` is how a type says that a filter may return nothing.
      "@typescript-eslint/no-invalid-void-type": "off",
      // Interfaces ask for async functions that need not await.
      "@typescript-eslint/require-await": "off",
      // State machines: a call may change a field, which narrowing does not see, and the rule would have the check removed.
      "@typescript-eslint/no-unnecessary-condition": "off",
      // Flat header lists come in pairs: the value at `index + 1` is there.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrors: "all" },
      ],
    },
  },
  {
    // The command line prints; everything else has a logger, which redacts.
    files: ["src/**"],
    ignores: ["src/cli/**"],
    rules: { "no-console": "error" },
  },
  {
    files: ["**/*.test.ts", "test/**/*.ts"],
    rules: {
      // Matchers take methods by name, fakes are passed around.
      "@typescript-eslint/unbound-method": "off",
      // Asymmetric matchers are `any`.
      "@typescript-eslint/no-unsafe-assignment": "off",
    },
  },
  {
    // A fake takes over all of what it stands in for.
    files: ["test/docs/testing-guide/fake-*.ts"],
    rules: { "no-restricted-syntax": "off" },
  },
  {
    // Types are in comments there, which the compiler reads and these rules do not.
    files: ["**/*.js", "**/*.mjs"],
    rules: {
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
    },
  },
);
