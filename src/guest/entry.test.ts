import { expect, it } from "vitest";
import type { EngineServices, Hostcalls, PolicyBundle } from "../abi/port.js";
import { definePolicy } from "../policy/define.js";
import { parseJson } from "../policy/json-body.js";
import { createModuleBundle, createPolicyBundle, modulePolicy } from "./entry.js";

const uses = { setBody: false, properties: false, request: false };
const policy = definePolicy({ onRequest() {} });

it.each<{ of: string; bundle: Pick<PolicyBundle, "createGuest"> }>([
  { of: "one policy", bundle: createPolicyBundle(policy, uses) },
  { of: "several policies", bundle: createModuleBundle([modulePolicy("a", policy, uses)]) },
])("a guest of $of has JSON read by its engine where that can", ({ bundle }) => {
  const read = Symbol("what the engine has read");
  const services: EngineServices = { parseJson: () => read };
  bundle.createGuest({} as Hostcalls, services);

  expect(parseJson(new TextEncoder().encode("{}"), "request", () => [])).toBe(read);
});
