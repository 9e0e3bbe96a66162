import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { watModule } from "../../../test/support/wat-module.js";
import { loadWasmModule } from "./wasm-module.js";

const refusal = async (bytes: Uint8Array): Promise<string> => {
  try {
    await loadWasmModule(bytes, "m.wasm");
  } catch (error) {
    expect(error).toMatchObject({ code: "POLICY_MODULE" });
    return (error as Error).message;
  }
  throw new Error("the module was taken");
};

describe("a module", () => {
  it.each(["proxy_abi_version_0_2_1", "proxy_abi_version_0_2_0"])("of %s is taken", async (abi) => {
    const module = await loadWasmModule(watModule("", { abi }), "m.wasm");
    expect(module.functions.has(abi)).toBe(true);
    expect(module.sluice).toBeUndefined();
  });

  it("of Sluice's own compiler is known by its section", async () => {
    expect((await loadWasmModule(watModule("", { sluice: true }), "m.wasm")).sluice).toEqual({
      name: "test",
      version: "0.0.0",
    });
  });

  it.each([
    ["nothing", new Uint8Array(0)],
    ["text", Buffer.from("export default definePolicy({})")],
    ["random bytes", randomBytes(5_000)],
  ])("that is %s is refused as none", async (_what, bytes) => {
    expect(await refusal(bytes)).toMatch(/^m\.wasm: expected a WebAssembly module/);
  });

  it("with random bytes behind its header is refused as malformed", async () => {
    const bytes = Buffer.concat([Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 0xff]), randomBytes(5_000)]);
    expect(await refusal(bytes)).toMatch(/malformed or truncated: /);
  });

  it("truncated anywhere is refused", async () => {
    const whole = watModule(`(func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))`);
    for (let tenth = 0; tenth < 10; tenth++) {
      await refusal(whole.subarray(0, Math.floor((whole.length * tenth) / 10)));
    }
  });

  it("that is a component is refused as one", async () => {
    expect(await refusal(Buffer.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]))).toContain("got a component");
  });

  it.each([
    ["", "exports none of proxy_abi_version_0_2_1, proxy_abi_version_0_2_0"],
    ["proxy_abi_version_0_1_0", "got ABI 0.1.0"],
    ["proxy_abi_version_0_3_0", "got ABI 0.3.0"],
  ])("with the ABI export %j is refused", async (abi, message) => {
    expect(await refusal(watModule("", { abi }))).toContain(message);
  });

  it("that imports what nobody has is refused with all the names", async () => {
    const imports = `
      (import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))
      (import "env" "proxy_fly" (func))
      (import "wasi_snapshot_preview1" "fd_flush" (func))
      (import "wbg" "alert" (func))
      (import "env" "base" (global i32))`;
    expect(await refusal(watModule("", { imports }))).toBe(
      "m.wasm: the module imports what no proxy-wasm host provides: " +
        "env.base (a global), env.proxy_fly, wasi_snapshot_preview1.fd_flush, wbg.alert",
    );
  });

  it("without a memory or an allocator to pass anything through is refused", async () => {
    const { default: binaryen } = await import("binaryen");
    const compile = (text: string) => binaryen.parseText(text).emitBinary();
    expect(await refusal(compile(`(module (func (export "proxy_abi_version_0_2_1")))`))).toContain(
      "exports its memory",
    );
    expect(
      await refusal(compile(`(module (memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1")))`)),
    ).toContain("proxy_on_memory_allocate or malloc, got neither");
  });
});
