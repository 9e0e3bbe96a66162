import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { runsNatively } from "./scripts/native-platform.mjs";
import { LongestFirst } from "./test/support/longest-first.js";

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** Tests that start a real Envoy: installing, compiling and starting take their time. */
const envoyTests = ["test/**/*envoy*.test.ts", "test/**/envoy/**/*.test.ts"];

/** Tests of policies that Envoy runs natively, which need a library for this machine; `npm test` says where they are left out. */
const nativeTests = runsNatively ? [] : ["test/**/*native*.test.ts", "src/envoy/native/library.test.ts"];

/** Some evaluate what takes the place of Node's globals, and some start an Envoy. */
const servicesTests = ["test/services/**/*.test.ts"];

/**
 * Tests that leave nothing behind in their process: starting one, and loading Sluice into it, takes longer than most of these files. Those
 * of the compiler are not among them: they evaluate bundles, whose globals take the place of Node's.
 */
const lightTests = {
  units: ["src/!(compiler)/**/*.test.ts", "src/*.test.ts"],
  lifecycle: ["lifecycle", "web-apis", "schemas"].map((folder) => `test/${folder}/**/*.test.ts`),
  gateway: ["test/gateway/**/*.test.ts"],
  // They import policies, and "sluice" is loaded with the globals that it finds: theirs are Node's.
  policies: ["examples", "policies", "templates"].map((folder) => `${folder}/**/*.test.ts`),
  engine: ["test/engine/**/*.test.ts"],
  testing: ["architecture", "docs", "testing", "types"].map((folder) => `test/${folder}/**/*.test.ts`),
};

export default defineConfig({
  resolve: {
    // Sources instead of dist/: tests need no build, except test/package.
    alias: [
      { find: /^sluice$/, replacement: source("index.ts") },
      { find: /^sluice\/gateway$/, replacement: source("gateway/index.ts") },
      { find: /^sluice\/testing$/, replacement: source("testing/index.ts") },
      { find: /^sluice\/service$/, replacement: source("policy/service.ts") },
      { find: /^sluice\/([a-z-]+)$/, replacement: source("services/$1/index.ts") },
    ],
  },
  test: {
    pool: "forks",
    experimental: { fsModuleCache: true, fsModuleCachePath: ".cache/vitest-modules" },
    // The processors have other workers to run, which Node's threads for garbage take time from; and a large space for what is new leaves
    // less to be copied. Modules run too briefly for an optimising compiler to be worth its time.
    execArgv: ["--single-threaded-gc", "--max-semi-space-size=64", "--liftoff-only"],
    setupFiles: [fileURLToPath(new URL("./test/support/no-warnings.ts", import.meta.url))],
    // Two more than the processors of the usual machine: many tests wait, for a time to pass or another process to start.
    maxWorkers: 4,
    // Tests that wait for time to pass wait at the same time.
    maxConcurrency: 100,
    sequence: { sequencer: LongestFirst },
    retry: 0,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Its usual second is short on a machine that is busy.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "main",
          include: ["src/compiler/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [
            ...configDefaults.exclude,
            ...envoyTests,
            ...servicesTests,
            ...Object.values(lightTests).flat(),
            ...nativeTests,
          ],
        },
      },
      ...Object.entries(lightTests).map(([name, include]) => ({
        extends: true as const,
        test: {
          name,
          include,
          exclude: [...configDefaults.exclude, ...envoyTests, ...nativeTests],
          isolate: false,
        },
      })),
      {
        extends: true,
        // What they start is Envoy's: in this process they leave nothing behind.
        test: {
          name: "envoy",
          include: envoyTests,
          exclude: [...configDefaults.exclude, ...servicesTests, ...nativeTests],
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "services",
          include: servicesTests,
          exclude: [...configDefaults.exclude, ...nativeTests],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
