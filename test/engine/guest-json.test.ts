import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { EngineServices, Hostcalls } from "../../src/abi/port.js";

// A guest says it to all of its module.
beforeEach(() => vi.resetModules());
afterEach(() => vi.resetModules());

it.each(["one policy", "several policies"])("a guest of %s has JSON read by its engine where that can", async (of) => {
  const { createModuleBundle, createPolicyBundle, modulePolicy } = await import("../../src/guest/entry.js");
  const { definePolicy } = await import("../../src/policy/define.js");
  const { parseJson } = await import("../../src/policy/json-body.js");
  const uses = { setBody: false, properties: false, request: false };
  const policy = definePolicy({ onRequest() {} });
  const bundle =
    of === "one policy" ? createPolicyBundle(policy, uses) : createModuleBundle([modulePolicy("a", policy, uses)]);
  const read = Symbol("what the engine has read");
  const services: EngineServices = { parseJson: () => read };
  bundle.createGuest({} as Hostcalls, services);

  expect(parseJson(new TextEncoder().encode("{}"), "request", () => [])).toBe(read);
});
