/** Everything that is made of schemas and checked in: `schemas/`, and the tables in the documents of `policies/`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Policy } from "../../src/policy/define.js";
import { keysTable, policiesTable, withPart } from "./documents.js";
import { gatewaySchema } from "./gateway-schema.js";
import { policySchema } from "./policy-schema.js";

/** The content of each file by its path from `root`. @param policies the ready policies by name */
export function generate(root: string, policies: ReadonlyMap<string, Policy>): Map<string, string> {
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  const schemas = new Map([...policies].map(([name, policy]) => [name, policySchema(name, policy)]));
  const files = new Map([["schemas/gateway.schema.json", json(gatewaySchema(read("docs/gateway.md"), schemas))]]);
  for (const [name, policy] of schemas) {
    files.set(`schemas/policies/${name}.schema.json`, json(policy.schema));
    const readme = `policies/${name}/README.md`;
    files.set(readme, withPart(read(readme), readme, "keys", keysTable(name, policy)));
  }
  const index = "policies/README.md";
  files.set(index, withPart(read(index), index, "policies", policiesTable(schemas)));
  return files;
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
