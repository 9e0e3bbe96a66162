/** The package.json of a new project. */
import { dependencyOn, type KitPackage } from "./kit-package.js";
import { devOptionsOf, type TemplateName } from "./templates.js";

/** What tests and types of a project need, in the versions that Sluice is tested with. */
const tools = ["@types/node", "typescript", "valibot", "vitest"] as const;

/** Packages that a project has; it cannot be called as one of them. */
export const projectPackages: readonly string[] = ["sluice", ...tools];

/** As text. `folder`: where the project is, absolute. */
export function projectManifest(name: string, template: TemplateName, folder: string, kit: KitPackage): string {
  const versions = {
    sluice: dependencyOn(kit.source, folder),
    ...Object.fromEntries(tools.map((tool) => [tool, `^${testedVersion(tool, kit)}`])),
  };
  const devOptions = devOptionsOf(template);
  const manifest = {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: {
      test: "sluice test",
      dev: ["sluice dev policy.ts", ...(devOptions === undefined ? [] : [devOptions])].join(" "),
      check: "tsc -b",
      build: `sluice build policy.ts -o dist/${name}.wasm`,
    },
    devDependencies: Object.fromEntries(Object.entries(versions).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** The newest TypeScript has another name there: beside it is the one that ESLint needs. */
function testedVersion(tool: (typeof tools)[number], { versions }: KitPackage): string {
  const version = versions[tool === "typescript" ? "typescript-native" : tool] ?? "";
  return version.replace(/^npm:.*@/, "");
}
