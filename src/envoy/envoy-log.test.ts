import { describe, expect, it } from "vitest";
import { readEnvoyLine } from "./envoy-log.js";

const entry = (level: string, component: string, message: string) => JSON.stringify({ level, component, message });

describe("a line of Envoy", () => {
  it("is Envoy's own, with its component", () => {
    expect(readEnvoyLine(entry("warning", "main", "a\nb"))).toEqual({
      level: "warning",
      component: "main",
      message: "a\nb",
    });
  });

  it("is a policy's where the component is wasm, with the policy's name and all that it wrote", () => {
    const line = 'wasm log greet all/greet 0.greeter: {"msg":"a: b"}\nmore';
    expect(readEnvoyLine(entry("info", "wasm", line))).toMatchObject({
      level: "info",
      policy: { name: "greet", line: '{"msg":"a: b"}\nmore' },
    });
  });

  it("is a policy's while Envoy starts, when it does not tell the plugin", () => {
    expect(readEnvoyLine(entry("error", "wasm", "wasm log all/greet 0.greeter: x"))).toMatchObject({
      policy: { name: "greet", line: "x" },
    });
  });

  it.each([
    ["wasm log guard inner 1.sdk: x", "guard"],
    ["wasm log guard 1.sdk: x", "guard"],
    ["wasm log 1.sdk: x", "sdk"],
  ])("is a policy's where the root id is a module's own, or empty: %s", (message, name) => {
    expect(readEnvoyLine(entry("info", "wasm", message))).toMatchObject({ policy: { name, line: "x" } });
  });

  it("is Envoy's where it only looks like a policy's, or tells of one", () => {
    expect(readEnvoyLine(entry("info", "main", "wasm log greet all/greet 0.greeter: x"))).not.toHaveProperty("policy");
    expect(readEnvoyLine(entry("error", "wasm", "Plugin configured to fail closed failed to load"))).not.toHaveProperty(
      "policy",
    );
  });

  it.each(["free text", '{"level":"info"', entry("loud", "main", "x")])(
    "is an error of Envoy when it is none of these: %s",
    (line) => {
      expect(readEnvoyLine(line)).toEqual({ level: "error", component: "envoy", message: line });
    },
  );
});
