/** schemas/gateway.schema.json and the gateway take the same files, as far as a schema can tell. */
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readyNames, readyPrefix, readySchema } from "../../src/catalogue/catalogue.js";
import type { JsonSchema } from "../../src/catalogue/json-schema.js";
import { locatePolicy } from "../../src/compiler/locate-policy.js";
import { loadGatewayFile } from "../../src/config/gateway-file.js";
import type { CheckedPolicy } from "../../src/config/policies.js";
import { compilePolicy } from "../../src/loading/compiled-policy.js";
import { minimalGatewayFile, refusedGatewayFiles } from "../support/gateway-files.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const schema = JSON.parse(readFileSync(join(root, "schemas/gateway.schema.json"), "utf8")) as JsonSchema;
const ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
const validate = ajv.compile(schema);

/** Where the file is wrong, as JSON pointers; empty where it is fine. */
function objections(text: string): string[] {
  return validate(parse(text, { uniqueKeys: false }))
    ? []
    : (validate.errors ?? []).map(({ instancePath }) => instancePath);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-schema-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** What the gateway makes of a file; policies in files are all fine. */
async function load(text: string, environment: Record<string, string> = {}) {
  const file = join(folder, "gateway.yaml");
  await writeFile(file, text);
  return loadGatewayFile<CheckedPolicy>(file, {
    locate: locatePolicy,
    compile: (policy) =>
      policy.startsWith(folder) ? Promise.resolve({ checkConfig: () => [] }) : compilePolicy(policy),
    environment,
  });
}

const accepts = (text: string, environment?: Record<string, string>) =>
  load(text, environment).then(
    () => true,
    () => false,
  );

const withPolicy = (use: string) => `${minimalGatewayFile}    policies:\n      - ${use}\n`;

describe("the schema of gateway files takes", () => {
  const files = ["examples", "templates"].flatMap((part) =>
    readdirSync(join(root, part), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith("gateway.yaml"))
      .map((path) => `${part}/${path}`),
  );
  it.each(files)("%s", (path) => {
    expect(objections(readFileSync(join(root, path), "utf8"))).toEqual([]);
  });

  it.each(readyNames())(
    "a use of sluice/policies/%s with each example of its own, as the policy does",
    async (name) => {
      for (const example of readySchema(name).examples ?? []) {
        const text = withPolicy(JSON.stringify({ use: readyPrefix + name, config: example }));
        expect(objections(text)).toEqual([]);
        expect(await accepts(text)).toBe(true);
      }
    },
  );

  it.each([
    ["durations and sizes in every unit", "limits: { streamIdle: 1.5 h, callbackTime: 20, body: 0, memory: 1GB }"],
    ["an address as host", 'match: { host: "[::1]", methods: [M-SEARCH] }'],
    ["a host with a final dot", "match: { host: example.com. }"],
    [
      "configurations of any kind for policies in files",
      "policies: [{ use: a.ts, config: [1] }, { use: b.wasm, config: text }]",
    ],
  ])("%s, as the gateway does", async (_what, key) => {
    const text = `${minimalGatewayFile}    ${key}\n`;
    expect(objections(text)).toEqual([]);
    expect(await accepts(text)).toBe(true);
  });

  it("a variable of the environment wherever it can be in order", async () => {
    const text = `listener: { host: "\${HOST}", port: "\${PORT}", timeouts: { drain: "\${TIME}" }, requestTrailers: "\${HOW}" }
upstreams: { a: { url: "http://\${HOST}:9000" } }
routes:
  - upstream: "\${NAME}"
    match: { path: "/\${NAME}", methods: ["\${METHOD}"] }
    policies: [{ use: "\${NAME}.ts", name: "x-\${NAME}", onError: "\${ERROR}" }]
    limits: { body: "\${SIZE}" }
`;
    expect(objections(text)).toEqual([]);
    const environment = {
      HOST: "h",
      PORT: "1",
      TIME: "1s",
      HOW: "pass",
      NAME: "a",
      METHOD: "GET",
      ERROR: "allow",
      SIZE: "1B",
    };
    expect(await accepts(text, environment)).toBe(true);
  });
});

/** What follows from several places of a file, from the environment, or from how paths are normalised. */
const forTheGatewayAlone = [
  "an upstream constructor that is none",
  "an upstream toString that is none",
  "an upstream prototype that is none",
  "an upstream hasOwnProperty that is none",
  "a path that no request has after normalisation",
  "an unknown upstream",
  "two routes of one name",
  "two policies of one name in a route",
  "a variable that is not set",
  "a variable that is not set, once",
];

describe("the schema of gateway files refuses what the gateway refuses,", () => {
  it.each(refusedGatewayFiles)("%s", (what, text) => {
    expect(objections(text).length > 0).toBe(!forTheGatewayAlone.includes(what));
  });

  it.each([
    ["a ready policy that there is not", "{ use: sluice/policies/none }", "/routes/0/policies/0/use"],
    [
      "a key that a ready policy does not know",
      "{ use: sluice/policies/require-header, config: { header: x } }",
      "/routes/0/policies/0/config",
    ],
    [
      "a ready policy without the keys that it needs",
      "{ use: sluice/policies/require-header }",
      "/routes/0/policies/0",
    ],
    [
      "no configuration at all where one is needed",
      "{ use: sluice/policies/require-header, config: {} }",
      "/routes/0/policies/0/config",
    ],
    [
      "a value out of its range",
      "{ use: sluice/policies/require-header, config: { headers: [{ name: a }], status: 200 } }",
      "/routes/0/policies/0/config/status",
    ],
    ["an empty path", '{ use: "" }', "/routes/0/policies/0/use"],
  ])("%s, at its place", async (_what, use, place) => {
    expect(objections(withPolicy(use))).toContain(place);
    expect(await accepts(withPolicy(use))).toBe(false);
  });
});

describe("the schema of gateway files", () => {
  it("has a description for every key", () => {
    const without: string[] = [];
    const visit = (part: unknown, path: string): void => {
      if (typeof part !== "object" || part === null) {
        return;
      }
      for (const [name, value] of Object.entries(part)) {
        if (name === "properties" && !/\/(if|then)$/.test(path)) {
          for (const [key, described] of Object.entries(value as Record<string, JsonSchema>)) {
            if (described.description === undefined) {
              without.push(`${path}/${key}`);
            }
          }
        }
        visit(value, `${path}/${name}`);
      }
    };
    visit(schema, "");
    expect(without).toEqual([]);
  });

  it("tells the defaults that the gateway has", async () => {
    const minimal = await load(withPolicy("{ use: a.ts }"));
    const file = parse(withPolicy("{ use: a.ts }")) as Filled;
    fill(file, schema);
    expect(file).toMatchObject({ listener: { port: 8080, timeouts: { drain: "10s" } }, log: { level: "info" } });
    expect((await load(JSON.stringify(file))).config).toEqual(minimal.config);
  });
});

type Filled = Record<string, unknown>;

/** Writes out every default. `otherMethods` stands only beside methods. */
function fill(value: unknown, { properties = {}, items, additionalProperties }: JsonSchema): void {
  if (Array.isArray(value)) {
    value.forEach((item) => fill(item, items as JsonSchema));
    return;
  }
  const object = value as Filled;
  for (const [key, part] of Object.entries(properties)) {
    if (part.default !== undefined && key !== "otherMethods") {
      object[key] ??= part.default;
    }
    if (part.properties !== undefined) {
      object[key] ??= {};
    }
    if (object[key] !== undefined && (part.properties ?? part.items ?? part.additionalProperties) !== undefined) {
      fill(object[key], part);
    }
  }
  if (typeof additionalProperties === "object") {
    Object.values(object).forEach((each) => fill(each, additionalProperties));
  }
}
