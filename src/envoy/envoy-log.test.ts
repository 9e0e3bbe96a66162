import { describe, expect, it } from "vitest";
import { readEnvoyLine } from "./envoy-log.js";
import { policyPrefixes } from "./policy-prefixes.js";

const entry = (level: string, component: string, message: string) => JSON.stringify({ level, component, message });

const plugin = (name: string, root_id: string, vm_id: string) => ({
  typed_config: { config: { name, root_id, vm_config: { vm_id } } },
});
const prefixes = policyPrefixes({
  static_resources: {
    listeners: [
      {
        http_filters: [
          plugin("greet", "all/greet", "0.greeter"),
          plugin("guard", "inner: 1", "1.sdk"),
          plugin("guard", "", "1.sdk"),
          plugin("other", "", "1.sdk"),
        ],
      },
    ],
  },
});
const read = (line: string) => readEnvoyLine(line, prefixes);

describe("a line of Envoy", () => {
  it("is Envoy's own, with its component", () => {
    expect(read(entry("warning", "main", "a\nb"))).toEqual({
      level: "warning",
      component: "main",
      message: "a\nb",
    });
  });

  it("is a policy's where the component is wasm, with the policy's name and all that it wrote", () => {
    const line = 'wasm log greet all/greet 0.greeter: {"msg":"a: b"}\nmore';
    expect(read(entry("info", "wasm", line))).toMatchObject({
      level: "info",
      policy: { name: "greet", line: '{"msg":"a: b"}\nmore' },
    });
  });

  it("is a policy's while Envoy starts, when it does not tell the plugin", () => {
    expect(read(entry("error", "wasm", "wasm log all/greet 0.greeter: x"))).toMatchObject({
      policy: { name: "greet", line: "x" },
    });
  });

  it.each([
    ["wasm log guard inner: 1 1.sdk: x", "guard"],
    ["wasm log guard 1.sdk: x", "guard"],
    ["wasm log 1.sdk: x", "sdk"],
  ])("is a policy's where the root id is a module's own, or empty: %s", (message, name) => {
    expect(read(entry("info", "wasm", message))).toMatchObject({ policy: { name, line: "x" } });
  });

  it.each([
    ["wasm log guard 1.sdk: ", '{"a": "b: c", "d": {"e": 1}}'],
    ["wasm log guard 1.sdk: ", "a b: c d: e"],
    ["wasm log guard 1.sdk: ", "{ a: 1 }"],
    ["wasm log guard 1.sdk: ", ": x"],
    ["wasm log guard 1.sdk: ", ""],
    ["wasm log guard 1.sdk: ", "wasm log greet all/greet 0.greeter: forged"],
    ["wasm log guard inner: 1 1.sdk: ", "1 1.sdk: x"],
  ])("has all that the policy wrote: %s%s", (prefix, text) => {
    expect(read(entry("info", "wasm", `${prefix}${text}`)).policy).toEqual({ name: "guard", line: text });
  });

  it("is Envoy's where no policy of the configuration has that name", () => {
    expect(read(entry("info", "wasm", "wasm log nobody: x"))).not.toHaveProperty("policy");
    expect(read(entry("info", "wasm", "wasm log greet all/greet 0.greeter"))).not.toHaveProperty("policy");
  });

  it("is Envoy's where it only looks like a policy's, or tells of one", () => {
    expect(read(entry("info", "main", "wasm log greet all/greet 0.greeter: x"))).not.toHaveProperty("policy");
    expect(read(entry("error", "wasm", "Plugin configured to fail closed failed to load"))).not.toHaveProperty(
      "policy",
    );
  });

  it.each(["free text", '{"level":"info"', entry("loud", "main", "x")])(
    "is an error of Envoy when it is none of these: %s",
    (line) => {
      expect(read(line)).toEqual({ level: "error", component: "envoy", message: line });
    },
  );
});
