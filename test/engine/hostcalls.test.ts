/** Every hostcall of the table through both of its sides: the bridge of a compiled module, and Sluice's own proxy-wasm host. */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { hostcalls, type ParameterKind, type ResultKind } from "../../src/abi/hostcalls.js";
import type { Hostcalls } from "../../src/abi/port.js";
import { buildEngine, type Engine } from "../../src/engine/build-engine.js";
import { snapshotModule } from "../../src/engine/snapshot.js";
import { GuestMemory } from "../../src/host/wasm/guest-memory.js";
import { hostcallImports } from "../../src/host/wasm/hostcall-imports.js";
import { wasiImports } from "../../src/host/wasm/wasi-imports.js";
import { type WasmFunction, type WasmMemory, webAssembly } from "../../src/web-assembly.js";

type Name = keyof Hostcalls;

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const allBytes = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join("");

/** In the notation of a module's source. Two of them differ, so that none can be taken for another. */
const parameterSamples: Record<ParameterKind, readonly [unknown, unknown, unknown, unknown]> = {
  i32: [7, 300, 70_000, 4_000_000_000],
  i64: [-3, 9_007_199_254_740_991, 0, 1],
  utf8: ["ä \u{1f600}", "", "plain", "x"],
  byteString: [allBytes, "value", "", "y"],
  bytes: [[0, 255, 1], [], [9], [8]],
  headers: [[":path", "/", "x", allBytes, "y", ""], [], ["a", "b"], ["c", "d"]],
  path: [["source", "address"], ["ä"], ["b"], ["c"]],
};
const resultSamples: Record<ResultKind, readonly [unknown, unknown]> = {
  i32: [42, 43],
  i64: [-9_000_000_000, 1],
  nanoseconds: [1_700_000_000_123, 0],
  utf8: ["ü €", ""],
  byteString: [allBytes, ""],
  bytes: [Uint8Array.of(1, 0, 254), new Uint8Array(0)],
  headers: [["a", "1", "a", allBytes], []],
};

const names = (Object.keys(hostcalls) as Name[]).filter((name) => name !== "setEffectiveContext");

let engine: Engine;
beforeAll(async () => {
  engine = await buildEngine(cacheDir);
}, 300_000);

/** What the host was given, and what the module was given back, for one call of each. */
async function exchange(
  answer: (name: Name) => unknown,
): Promise<{ given: Record<string, unknown>; got: Record<string, unknown> }> {
  const given: Record<string, unknown> = {};
  const got: Record<string, unknown> = {};
  const host = Object.fromEntries(
    (Object.keys(hostcalls) as Name[]).map((name) => [
      name,
      (...args: unknown[]) => {
        if (name === "log" && typeof args[1] === "string" && args[1].startsWith("{")) {
          Object.assign(got, JSON.parse(args[1]));
        } else {
          given[name] = args;
        }
        return answer(name);
      },
    ]),
  ) as unknown as Hostcalls;

  const wasm = await snapshotModule(
    engine,
    `
    const value = (kind, sample) => kind === "bytes" ? Uint8Array.from(sample) : sample;
    const plain = (result) => result === undefined ? "undefined" : result instanceof Uint8Array ? { bytes: [...result] }
      : Array.isArray(result) ? result.map(plain) : result;
    exports.createGuest = (host) => ({
      onContextCreate() {
        const got = {};
        for (const [name, kinds, samples] of ${JSON.stringify(names.map((name) => [name, hostcalls[name].parameters, argumentsOf(name)]))}) {
          got[name] = plain(host[name](...kinds.map((kind, index) => value(kind, samples[index]))));
        }
        host.log(2, JSON.stringify(got));
      },
    });`,
  );
  const exports: Record<string, unknown> = {};
  const memory = new GuestMemory(
    // Not there before the module is.
    {
      get buffer() {
        return (exports["memory"] as WasmMemory).buffer;
      },
    },
    (size) => (exports["proxy_on_memory_allocate"] as WasmFunction)(size),
  );
  const module = await webAssembly.compile(wasm);
  const wasi = wasiImports({ memory: () => memory, now: () => 0, monotonic: () => 0n, log: () => undefined });
  const instance = new webAssembly.Instance(module, {
    env: hostcallImports(host, () => memory),
    wasi_snapshot_preview1: wasi,
  });
  Object.assign(exports, instance.exports);
  (exports["proxy_on_context_create"] as WasmFunction)(1, 0);
  return { given, got };
}

function argumentsOf(name: Name): unknown[] {
  const used: Partial<Record<ParameterKind, number>> = {};
  return hostcalls[name].parameters.map((kind) => parameterSamples[kind][(used[kind] = (used[kind] ?? -1) + 1)]);
}

function answerOf(name: Name): unknown {
  const { results, returns } = hostcalls[name];
  const values = results.map((kind, index) => resultSamples[kind][index]);
  return returns === "tuple" ? values : returns === "status" ? 10 : returns === "nothing" ? undefined : values[0];
}

/** As JSON holds it. */
function plain(value: unknown): unknown {
  if (value === undefined) {
    return "undefined";
  }
  if (value instanceof Uint8Array) {
    return { bytes: [...value] };
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

describe("a hostcall of a compiled module", () => {
  it("gives the host its arguments, and the module the host's results", async () => {
    const { given, got } = await exchange(answerOf);
    for (const name of names) {
      if (name !== "log") {
        const seen = (given[name] as unknown[]).map((value) => (value instanceof Uint8Array ? [...value] : value));
        expect({ [name]: seen }).toEqual({ [name]: argumentsOf(name) });
      }
      expect({ [name]: got[name] }).toEqual({ [name]: plain(answerOf(name)) });
    }
  });

  it("that fails gives undefined, an empty list, or the status as a negative number", async () => {
    const { got } = await exchange(
      (name) =>
        ({ handle: -2, status: 2, nothing: undefined, value: undefined, tuple: undefined })[hostcalls[name].returns],
    );
    for (const name of names) {
      const { returns, results } = hostcalls[name];
      const failed =
        returns === "handle"
          ? -2
          : returns === "status"
            ? 2
            : results[0] === "headers" && returns === "value"
              ? []
              : "undefined";
      expect({ [name]: got[name] }).toEqual({ [name]: failed });
    }
  });
});
