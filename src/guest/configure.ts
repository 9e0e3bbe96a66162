/** Checks a policy's configuration against its schema. The same check runs in every host, and earlier in the gateway. */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ConfigProblem } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import type { PolicyDefinition } from "../policy/define.js";
import type { FilterResult } from "../policy/flow.js";

/** A definition whose types have been erased. */
export type AnyDefinition = PolicyDefinition<StandardSchemaV1 | undefined, unknown, FilterResult>;

/** The configuration as the schema gives it (defaults filled in), or what is wrong with it. */
export type CheckedConfig = { ok: true; config: unknown } | { ok: false; problems: ConfigProblem[] };

/** @throws SluiceError `SCHEMA_ASYNC` */
export function checkConfig(definition: AnyDefinition, config: unknown): CheckedConfig {
  if (definition.config === undefined) {
    return { ok: true, config };
  }
  const result = definition.config["~standard"].validate(config);
  if (result instanceof Promise) {
    throw new SluiceError("SCHEMA_ASYNC", "The policy's configuration schema is asynchronous.");
  }
  if (result.issues === undefined) {
    return { ok: true, config: result.value };
  }
  return { ok: false, problems: result.issues.map((issue) => ({ path: pathOf(issue), message: issue.message })) };
}

function pathOf(issue: StandardSchemaV1.Issue): string {
  let path = "";
  for (const segment of issue.path ?? []) {
    const key = typeof segment === "object" ? segment.key : segment;
    path += typeof key === "number" ? `[${key}]` : `${path === "" ? "" : "."}${String(key)}`;
  }
  return path;
}
