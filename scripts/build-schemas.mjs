// Makes `schemas/`, and the tables of keys in `policies/`, of the schemas in the sources; test/schemas/ checks that they are up to date.
// By hand, after a change of `src/config/schema.ts`, docs/gateway.md or a policy's configuration.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const names = readdirSync(join(root, "policies")).filter((name) =>
  existsSync(join(root, "policies", name, "policy.ts")),
);

const outfile = join(root, ".cache/build-schemas/main.mjs");
await build({
  stdin: {
    contents: [
      'export { generate } from "./scripts/schemas/generate.ts";',
      ...names.map((name, index) => `import policy${index} from "./policies/${name}/policy.ts";`),
      `export const policies = new Map([${names.map((name, index) => `["${name}", policy${index}]`).join()}]);`,
    ].join("\n"),
    resolveDir: root,
  },
  bundle: true,
  outfile,
  platform: "node",
  format: "esm",
  packages: "external",
  // With those of tsconfig.json, which lead from `sluice` to the sources.
  tsconfig: join(root, "tsconfig.node.json"),
});
const { generate, policies } = await import(pathToFileURL(outfile).href);

/** @type {Map<string, string>} */
const files = generate(root, policies);
rmSync(join(root, "schemas"), { recursive: true, force: true });
for (const [path, content] of files) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}
console.log([...files.keys()].join("\n"));
