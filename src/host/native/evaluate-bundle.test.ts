import { describe, expect, it } from "vitest";
import { FakeUpstreams } from "../../../test/support/fake-upstreams.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { evaluateBundle } from "./evaluate-bundle.js";
import { loadNativePolicy } from "./native-policy.js";

const bundle = `
let instances = 0;
exports.createGuest = (host) => {
  instances++;
  host.log(2, String(instances));
  return { onContextCreate() {}, onVmStart: () => true, onConfigure: () => true, onDone: () => true, onDelete() {} };
};
exports.checkConfig = (config) => (config.ok ? [] : [{ path: "ok", message: "expected true" }]);
`;

describe("a bundle", () => {
  it("starts a policy, each with its own module state", () => {
    const lines: string[] = [];
    const options = {
      code: bundle,
      filename: "/p/policy.js",
      name: "p",
      pluginConfiguration: {},
      clock: new VirtualClock(),
      upstreams: new FakeUpstreams(),
      onLog: (_level: number, record: { msg: string }) => lines.push(record.msg),
    };
    loadNativePolicy(options);
    void loadNativePolicy(options).close();
    expect(lines).toEqual(["1", "1"]);
  });

  it("checks a configuration without starting anything", () => {
    const { checkConfig } = evaluateBundle(bundle, "policy.js");
    expect(checkConfig({ ok: true })).toEqual([]);
    expect(checkConfig({})).toEqual([{ path: "ok", message: "expected true" }]);
  });

  it("may replace module.exports, and shows its file name in stacks", () => {
    const { createGuest } = evaluateBundle(
      "module.exports = { createGuest() { throw new Error('x'); }, checkConfig() {} };",
      "/p/named.js",
    );
    let stack = "";
    try {
      createGuest({} as never);
    } catch (error) {
      stack = (error as Error).stack ?? "";
    }
    expect(stack).toContain("/p/named.js:1");
  });

  it("shares the host's realm, so bytes and errors are of the host's types", () => {
    const { checkConfig: check } = evaluateBundle(
      "exports.createGuest = () => {}; exports.checkConfig = (bytes) => bytes instanceof Uint8Array ? [] : [1];",
      "realm.js",
    );
    expect(check(new Uint8Array(1))).toEqual([]);
  });

  it.each([
    ["throws", "throw new Error('at load')", "x.js: the policy cannot be loaded: at load"],
    ["is no JavaScript", "let let", "x.js: the policy cannot be loaded"],
    ["exports nothing", "", "x.js: expected a compiled policy"],
  ])("that %s is refused with its file", (_name, code, message) => {
    expect(() => evaluateBundle(code, "x.js")).toThrow(
      expect.objectContaining({ code: "POLICY_BUNDLE", message: expect.stringContaining(message) as string }),
    );
  });
});
