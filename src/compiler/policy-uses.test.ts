import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PolicyUses } from "../abi/policy-uses.js";
import { bundlePolicy } from "./bundle.js";
import { policyUses } from "./entry-module.js";

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "sluice-uses-")));
});
afterAll(() => rm(folder, { recursive: true }));

/** The bundle of a policy with these filters, and other files beside it, without its source map. */
async function bundled(filters: string, others: Record<string, string> = {}, before = ""): Promise<string> {
  const file = join(folder, "policy.ts");
  for (const [name, text] of Object.entries(others)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  await writeFile(
    file,
    `${before}\nimport { definePolicy } from "sluice";\nexport default definePolicy({ ${filters} });\n`,
  );
  const { code } = await bundlePolicy(file);
  return code.slice(0, code.lastIndexOf("//# sourceMappingURL"));
}

/** What the bundle says that its policy uses. */
async function uses(...policy: Parameters<typeof bundled>): Promise<string[]> {
  const [, text = ""] = new RegExp(`var ${policyUses}=(.*?);`).exec(await bundled(...policy)) ?? [];
  return Object.entries(JSON.parse(text) as PolicyUses).flatMap(([name, used]) => (used === true ? [name] : []));
}

const words =
  "setBody, properties, request, context.request, { properties }, upstream, metrics, authentication, violations, client";

describe("a policy uses", () => {
  it("nothing by comments, texts, variables, parameters and members of its own", async () => {
    const before = `/* ${words} */
      const setBody = "setBody: ${words}";
      const own = { setBody, request: 1, properties: [setBody] };`;
    expect(
      await uses(
        `onRequest(request) { request.headers.set("x-own", JSON.stringify(own)); /* ${words} */ }`,
        {},
        before,
      ),
    ).toEqual([]);
  });

  it.each([
    ["a member", "onResponse(response, context) { console.log(context.request.path); }", ["request"]],
    ["an optional member", "onResponse(response, context) { console.log(context?.request.path); }", ["request"]],
    [
      "a member by its name in quotes",
      'onResponse(response, context) { console.log(context["request"]); }',
      ["request"],
    ],
    ["a member by a template", "onResponse(response, context) { console.log(context[`request`]); }", ["request"]],
    ["a parameter taken apart", "onResponse(response, { request }) { console.log(request.path); }", ["request"]],
    [
      "a parameter taken apart under another name",
      "async onResponse(response, { request: sent }) { await 0; console.log(sent.path); }",
      ["request"],
    ],
    [
      "a variable taken apart",
      "onDone(exchange, context) { const { request } = context; console.log(request.path); }",
      ["request"],
    ],
    [
      "an assignment",
      "onDone(exchange, context) { let properties; ({ properties } = context); console.log(properties); }",
      ["properties"],
    ],
    ["a call", "async onResponse(response) { (await response.intoBodyState()).setBody(''); }", ["setBody"]],
    [
      "a name that is known at run time only",
      "onResponse(response, it) { console.log(it[response.headers.get('x')]); }",
      ["setBody", "properties", "request"],
    ],
    [
      "such a name in a filter that awaits",
      "async onResponse(response, it = {}) { await 0; console.log(it[response.headers.get('x')]); }",
      ["setBody", "properties", "request"],
    ],
    [
      "such a name in a pattern",
      "onResponse(response, { [response.headers.get('x')]: it }) { console.log(it); }",
      ["setBody", "properties", "request"],
    ],
  ])("by %s", async (_way, filters, expected) => {
    expect(await uses(filters)).toEqual(expected);
  });

  it("what another file of its own uses, and what a package uses", async () => {
    const others = {
      "lib/path.ts": "export const pathOf = (context: any) => context.request.path;",
      "node_modules/esm-body/package.json": '{ "name": "esm-body", "type": "module", "main": "index.js" }',
      "node_modules/esm-body/index.js": "export const put = (state) => state.setBody('');",
      "node_modules/old-facts/index.js": "exports.facts = function (all) { return all.properties; };",
    };
    const imports =
      'import { pathOf } from "./lib/path.ts"; import { put } from "esm-body"; import { facts } from "old-facts";';
    expect(await uses("onResponse(response, it) { pathOf(it); put(response); facts(it); }", others, imports)).toEqual([
      "setBody",
      "properties",
      "request",
    ]);
  });

  it("nothing by looking up what is no context", async () => {
    const filters =
      "onResponse({ headers }, { config }) { for (const name of config.names) headers.set(name, config.values[name]); }";
    expect(await uses(filters)).toEqual([]);
  });
});

it("a comment changes nothing in a bundle", async () => {
  const filters = "onRequest(request) { request.headers.delete('x'); }";
  expect(await bundled(filters, {}, `/* ${words} */ // ${words}`)).toBe(await bundled(filters));
});

describe("a bundle has of services", () => {
  const kitFiles = async (imports: string, filters: string): Promise<string[]> => {
    const file = join(folder, "services.ts");
    await writeFile(
      file,
      `${imports}\nimport { definePolicy } from "sluice";\nexport default definePolicy({ ${filters} });\n`,
    );
    return (await bundlePolicy(file)).sources.flatMap(
      ({ path }) => /src\/(?:services|policy\/(?:service|http-calls)).*/.exec(path) ?? [],
    );
  };

  it("nothing but the key of contexts where its policy imports none", async () => {
    expect(await kitFiles("", "onRequest(request) { request.headers.set('x', '1'); }")).toEqual([
      "src/policy/service-port.ts",
    ]);
  });

  it("what its policy imports, and what services are made from", async () => {
    const files = await kitFiles(
      'import { counter } from "sluice/metrics";',
      "onRequest(_request, context) { counter(context, 'a').increment(); }",
    );
    expect(files).toContain("src/policy/service-ports.ts");
    expect(files).toContain("src/services/metrics/index.ts");
    expect(files.filter((path) => /services\/(?!metrics)/.test(path))).toEqual([]);
  });
});
