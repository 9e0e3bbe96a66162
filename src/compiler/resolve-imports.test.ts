import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundlePolicy, type PolicyBundleCode } from "./bundle.js";
import { serviceSpecifiers } from "./package-paths.js";

const kit = fileURLToPath(new URL("../", import.meta.url));
const policy = 'import { definePolicy } from "sluice";\nexport default definePolicy({});\n';

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "sluice-resolve-")));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

async function bundle(name: string, text: string): Promise<PolicyBundleCode> {
  await write({ [name]: `${text}\n${policy}` });
  return bundlePolicy(join(folder, name));
}

/** Another copy of Sluice, with all that this one has and more. */
function otherCopy(where: string): Readonly<Record<string, string>> {
  const exported =
    'export const definePolicy = "another copy"; export const counter = definePolicy; export const instancePort = definePolicy;';
  return {
    [`${where}/sluice/package.json`]: JSON.stringify({
      name: "sluice",
      exports: { ".": "./index.js", "./*": "./*.js" },
    }),
    ...Object.fromEntries(
      ["index", "metrics", "service", "something-else", "gateway"].map((name) => [
        `${where}/sluice/${name}.js`,
        exported,
      ]),
    ),
  };
}

const uses =
  'import { definePolicy } from "sluice"; import { counter } from "sluice/metrics"; import { instancePort } from "sluice/service"; export const used = [definePolicy, counter, instancePort];';

describe("what policies and packages import from sluice", () => {
  /** The files of the bundle that belong to some Sluice, but not to this one. */
  const ofOthers = ({ sources, code }: PolicyBundleCode) => [
    ...sources.filter(({ path }) => path.includes("/sluice/") && !path.startsWith(kit)).map(({ path }) => path),
    ...(code.includes("another copy") ? ["the text of another copy"] : []),
  ];
  const services = ({ sources }: PolicyBundleCode) =>
    sources
      .map(({ path }) => path.replace(kit, ""))
      .filter((path) => /^services\/\w+\/index|^policy\/service\./.test(path));
  const text = 'import { used } from "uses"; (globalThis as any).used = used;';

  it("is this Sluice's where the project has another copy", async () => {
    await write({ ...otherCopy("project/node_modules"), "project/node_modules/uses/index.js": uses });
    const made = await bundle("project/policy.ts", text);
    expect(ofOthers(made)).toEqual([]);
    expect(services(made)).toHaveLength(2);
  });

  it("is this Sluice's where a package has a copy of its own", async () => {
    await write({ "own/node_modules/uses/index.js": uses, ...otherCopy("own/node_modules/uses/node_modules") });
    const made = await bundle("own/policy.ts", text);
    expect(ofOthers(made)).toEqual([]);
    expect(services(made)).toHaveLength(2);
  });

  it("is this Sluice's where a package is linked from a folder that has a copy", async () => {
    await write({
      ...otherCopy("elsewhere/node_modules"),
      "elsewhere/uses/index.js": uses,
      "linked/node_modules/.keep": "",
    });
    await symlink(join(folder, "elsewhere/uses"), join(folder, "linked/node_modules/uses"), "dir");
    const made = await bundle("linked/policy.ts", text);
    expect(ofOthers(made)).toEqual([]);
    expect(services(made)).toHaveLength(2);
  });

  it("is this Sluice's where there is none, as for a Sluice that is installed globally", async () => {
    const made = await bundle("nowhere/policy.ts", `${uses} (globalThis as any).used = used;`);
    expect(services(made)).toHaveLength(2);
  });

  it("is there for packages of CommonJS and by import() as well", async () => {
    await write({ "cjs/node_modules/uses/index.js": 'exports.used = require("sluice/metrics").counter;' });
    const made = await bundle(
      "cjs/policy.ts",
      `${text} (globalThis as any).later = () => import("sluice/violations");`,
    );
    expect(services(made)).toEqual(
      expect.arrayContaining(["services/metrics/index.ts", "services/violations/index.ts"]),
    );
  });

  it("of a name that this Sluice lacks is refused with those it has, also where another copy has it", async () => {
    await write(otherCopy("lacks/node_modules"));
    await expect(bundle("lacks/policy.ts", 'import "sluice/something-else";')).rejects.toMatchObject({
      code: "POLICY_IMPORT",
      message: expect.stringContaining(
        `lacks/policy.ts:1:8: This Sluice has no "sluice/something-else". A policy imports from "sluice" and its services: ${serviceSpecifiers().join(", ")}.`,
      ) as string,
    });
  });

  it("of a name that this Sluice lacks is refused with the package that asks for it", async () => {
    await write({ "asks/node_modules/@acme/newer/index.js": '\nexport * from "sluice/metric";' });
    await expect(bundle("asks/policy.ts", 'import "@acme/newer";')).rejects.toMatchObject({
      code: "POLICY_IMPORT",
      message: expect.stringMatching(
        /newer\/index\.js:2:15: The package "@acme\/newer" imports "sluice\/metric", which this Sluice does not have: did you mean "sluice\/metrics"\? A policy imports from/,
      ) as string,
    });
  });

  it.each(["sluice/gateway", "sluice/testing"])(
    "is refused where it is for Node, also where it is installed: %s",
    async (name) => {
      await write(otherCopy("node/node_modules"));
      await expect(bundle("node/policy.ts", `import ${JSON.stringify(name)};`)).rejects.toMatchObject({
        code: "POLICY_IMPORT",
        message: expect.stringContaining(
          `"${name}" is for programs in Node, not for policies. A policy imports from "sluice"`,
        ) as string,
      });
    },
  );

  it.each([
    "sluice/",
    "sluice/../sluice",
    "sluice/services/metrics",
    "sluice/dist/index.js",
    "sluice/package.json",
    "sluice/Metrics",
  ])("is refused where it is no service: %s", async (name) => {
    await expect(bundle("no-service.ts", `import ${JSON.stringify(name)};`)).rejects.toMatchObject({
      code: "POLICY_IMPORT",
    });
  });
});
