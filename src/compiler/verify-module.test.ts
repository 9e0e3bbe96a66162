import { beforeAll, describe, expect, it } from "vitest";
import {
  concatenate,
  ExternalKind,
  name,
  SectionId,
  u32,
  ValueType,
  vector,
  writeModule,
} from "../engine/wasm-binary.js";
import { verifyModule } from "./verify-module.js";

const { I32 } = ValueType;
const functionOf = (parameters: number): Uint8Array =>
  concatenate([Uint8Array.of(0x60), u32(parameters), new Uint8Array(parameters).fill(I32), Uint8Array.of(1, I32)]);

interface Shape {
  imports?: [module: string, name: string][];
  /** Functions by the number of their parameters and their instructions. */
  exports?: Record<string, [parameters: number, ...instructions: number[]]>;
}

const zero = [0x41, 0];
const unreachable = [0x00];
const allowing = {
  proxy_abi_version_0_2_1: [0, ...zero],
  proxy_on_memory_allocate: [1, ...zero],
  proxy_on_context_create: [2, ...zero],
  proxy_on_configure: [2, 0x41, 1],
  proxy_on_request_headers: [3, ...zero],
} satisfies Shape["exports"];

/** A module with one page of memory; every function gives a number. */
function moduleOf({ imports = [], exports = allowing }: Shape): Uint8Array {
  const functions = Object.entries(exports);
  return writeModule([
    { id: SectionId.Type, content: vector([0, 1, 2, 3].map(functionOf)) },
    {
      id: SectionId.Import,
      content: vector(imports.map(([from, entry]) => concatenate([name(from), name(entry), Uint8Array.of(0, 1)]))),
    },
    { id: SectionId.Function, content: vector(functions.map(([, [parameters]]) => u32(parameters))) },
    { id: SectionId.Memory, content: vector([Uint8Array.of(0, 1)]) },
    {
      id: SectionId.Export,
      content: vector([
        ...functions.map(([entry], index) =>
          concatenate([name(entry), Uint8Array.of(ExternalKind.Function), u32(imports.length + index)]),
        ),
        concatenate([name("memory"), Uint8Array.of(ExternalKind.Memory, 0)]),
      ]),
    },
    {
      id: SectionId.Code,
      content: vector(
        functions.map(([, [, ...instructions]]) => {
          const body = Uint8Array.of(0, ...instructions, 0x0b);
          return concatenate([u32(body.length), body]);
        }),
      ),
    },
  ]);
}

describe("a module passes the checks after a build", () => {
  it("when it takes the configuration and an exchange", async () => {
    expect((await verifyModule(moduleOf({ imports: [["env", "proxy_done"]] })))[0]).toEqual({
      configured: true,
      errors: [],
    });
  });

  it("when it refuses the configuration, without an exchange", async () => {
    const refusing = moduleOf({
      exports: { ...allowing, proxy_on_configure: [2, ...zero], proxy_on_request_headers: [3, ...unreachable] },
    });
    expect(await verifyModule(refusing)).toEqual([{ configured: false, errors: [] }]);
  });
});

describe("a module is refused", () => {
  let fine: Uint8Array;
  beforeAll(() => {
    fine = moduleOf({});
  });

  it.each<[why: string, make: () => Uint8Array, reason: string]>([
    ["that is cut off", () => fine.slice(0, -3), "it is not valid WebAssembly"],
    [
      "with an import that Envoy lacks",
      () => moduleOf({ imports: [["env", "host_call"]] }),
      "it imports env.host_call, which Envoy does not provide",
    ],
    [
      "with an export that nobody calls",
      () => moduleOf({ exports: { ...allowing, engine_start: [0, ...zero] } }),
      "it exports engine_start",
    ],
    [
      "of no known version of the ABI",
      () => moduleOf({ exports: { proxy_on_memory_allocate: [1, ...zero] } }),
      "it does not export proxy_abi_version_0_2_1",
    ],
    [
      "that traps when it is configured",
      () => moduleOf({ exports: { ...allowing, proxy_on_configure: [2, ...unreachable] } }),
      "it broke down in a trial exchange: unreachable",
    ],
    [
      "that traps in an exchange",
      () => moduleOf({ exports: { ...allowing, proxy_on_request_headers: [3, ...unreachable] } }),
      "it broke down in a trial exchange: unreachable",
    ],
  ])("%s", async (_why, make, reason) => {
    await expect(verifyModule(make())).rejects.toMatchObject({
      code: "BUILD_VERIFY",
      message: expect.stringContaining(reason),
    });
  });
});
