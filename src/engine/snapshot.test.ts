import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type ModuleHost, serialise, startModule } from "../../test/support/module-host.js";
import { webAssembly } from "../web-assembly.js";
import { buildEngine, type Engine } from "./build-engine.js";
import { snapshotModule } from "./snapshot.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const CONTINUE = 0;
const STOP = 1;

let engine: Engine;
beforeAll(async () => {
  engine = await buildEngine(cacheDir);
}, 300_000);

/** A module whose guest does `body` with `host` in scope when request headers arrive, and answers what it returns. */
async function onRequestHeaders(body: string, outside = ""): Promise<Uint8Array> {
  return snapshotModule(
    engine,
    `${outside}
    exports.createGuest = (host, services) => {
      const nothing = () => undefined;
      return {
        onContextCreate: () => services.setLimits(60_000, 64 << 20), onVmStart: () => true, onConfigure: () => true, onTick: nothing,
        onRequestHeaders(id, count, endOfStream) { ${body} },
        onRequestBody: () => 0, onRequestTrailers: () => 0,
        onResponseHeaders: () => 0, onResponseBody() { throw new Error("in the body"); }, onResponseTrailers: () => 0,
        onHttpCallResponse: nothing, onLog: nothing, onDone: () => true, onDelete: nothing,
      };
    };`,
  );
}

async function run(
  body: string,
  setUp: (host: ModuleHost) => void = () => undefined,
): Promise<{ host: ModuleHost; answer: number }> {
  const host = await startModule(await onRequestHeaders(body));
  setUp(host);
  return { host, answer: host.exports["proxy_on_request_headers"]!(2, 0, 1) };
}

/** The value of a JavaScript expression inside a module. */
async function evaluate(expression: string): Promise<unknown> {
  const { host } = await run(`host.log(2, JSON.stringify(${expression})); return 0;`);
  return JSON.parse(host.log[0]!);
}

describe("a snapshot", () => {
  it("exports the proxy-wasm callbacks and the memory, nothing else", async () => {
    const host = await startModule(await onRequestHeaders("return 0;"));
    const names = Object.keys(host.exports);
    expect(names).toContain("proxy_abi_version_0_2_1");
    expect(names.filter((name) => name !== "memory" && !name.startsWith("proxy_"))).toEqual([]);
  });

  it("imports only what every proxy-wasm host has", async () => {
    const module = await webAssembly.compile(await onRequestHeaders("return 0;"));
    const modules = webAssembly.Module.imports(module);
    expect(
      modules
        .filter(({ module: from }) => from === "wasi_snapshot_preview1")
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["clock_time_get", "random_get"]);
    expect(modules.filter(({ module: from, name }) => from === "env" && !name.startsWith("proxy_"))).toEqual([]);
  });

  it("is the same bytes each time", async () => {
    const body = "return Math.random() < 2 ? 0 : 1;";
    expect(Buffer.compare(await onRequestHeaders(body), await onRequestHeaders(body))).toBe(0);
  });

  it("keeps what the policy set up while it was loaded", async () => {
    const host = await startModule(
      await onRequestHeaders("host.log(2, String(++loaded)); return 0;", "let loaded = 41;"),
    );
    host.exports["proxy_on_request_headers"]!(2, 0, 1);
    host.exports["proxy_on_request_headers"]!(3, 0, 1);
    expect(host.log).toEqual(["42", "43"]);
  });

  it("holds no text of the bundle that the policy does not hold", async () => {
    const marker = "needle-in-a-comment";
    const wasm = await onRequestHeaders("return 0;", `/* ${marker} */`);
    expect(Buffer.from(wasm).includes(marker)).toBe(false);
  });

  it("refuses a policy that throws while it is loaded, with its place", async () => {
    const built = snapshotModule(engine, "\nthrow new RangeError('at load');", "p.js");
    await expect(built).rejects.toThrow(/RangeError: at load[\s\S]*p\.js:2/);
  });

  it("refuses a hostcall while it is loaded", async () => {
    await expect(
      snapshotModule(engine, "exports.createGuest = (host) => { host.getHeaderMapPairs(0); };"),
    ).rejects.toThrow("calls proxy_get_header_map_pairs while it is loaded");
  });
});

describe("the bridge", () => {
  const bytes = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join("");

  it("gives header lists as byte strings", async () => {
    const { host } = await run("host.log(2, JSON.stringify(host.getHeaderMapPairs(0))); return 0;", (it) => {
      it.headers = [
        [":path", "/"],
        ["x", bytes],
        ["x", ""],
        ["set-cookie", "a"],
      ];
    });
    expect(JSON.parse(host.log[0]!)).toEqual([":path", "/", "x", bytes, "x", "", "set-cookie", "a"]);
  });

  it("writes header lists as bytes", async () => {
    const { host } = await run(`
      let text = ""; for (let i = 1; i < 256; i++) text += String.fromCharCode(i);
      host.setHeaderMapPairs(0, [":path", "/", "x", text, "y", ""]); return 0;`);
    expect(host.calls[0]!.args[1]).toBe(
      Buffer.from(
        serialise([
          [":path", "/"],
          ["x", bytes],
          ["y", ""],
        ]),
      ).toString("latin1"),
    );
  });

  it("passes single values both ways unchanged", async () => {
    const { host } = await run(
      "host.addHeaderMapValue(2, 'x', host.getHeaderMapValue(0, 'b') + '.'); return 0;",
      (it) => {
        it.headers = [["b", bytes]];
      },
    );
    expect(host.calls).toEqual([{ name: "proxy_add_header_map_value", args: [2, "x", `${bytes}.`] }]);
  });

  it.each([
    ["put together of parts", "'\\xe9'.repeat(9000) + String(host) + '\\xff'.repeat(9000)"],
    ["cut out of a longer one", "('a' + '\\xe9'.repeat(9000) + 'b').slice(1, -1)"],
    ["cut out of one with larger chars", "('\\u0100' + '\\xe9'.repeat(9000) + '\\u0100').slice(1, -1)"],
    ["of no length", "'\\u0100'.slice(1)"],
  ])("writes a byte string that was %s as bytes", async (_how, code) => {
    const { host } = await run(`
      const value = ${code};
      host.addHeaderMapValue(2, "x", value); host.setHeaderMapPairs(0, ["x", value]); host.log(2, value); return 0;`);
    const value = host.log[0]!;
    expect(host.calls.map(({ args }) => args)).toEqual([
      [2, "x", value],
      [0, Buffer.from(serialise([["x", value]])).toString("latin1")],
    ]);
  });

  it("refuses a list with a text of larger chars, and calls nothing", async () => {
    const { host } = await run(`
      const wide = ("\\u0100" + "a".repeat(9000)).slice(0, -1);
      for (const list of [["x", wide], ["x"], ["x", 1], { length: 4294967296 }]) {
        try { host.setHeaderMapPairs(0, list) } catch { host.log(2, "thrown") }
      }
      return 0;`);
    expect(host.log).toEqual(["thrown", "thrown", "thrown", "thrown"]);
    expect(host.calls).toEqual([]);
  });

  it("throws for a value that is no byte string, and calls nothing", async () => {
    const { host } = await run(
      "try { host.addHeaderMapValue(0, 'x', '\\u0100') } catch { host.log(2, 'thrown') } return 0;",
    );
    expect(host.log).toEqual(["thrown"]);
    expect(host.calls).toEqual([]);
  });

  it("copies buffers both ways", async () => {
    const { host } = await run(
      `
      const bytes = host.getBufferBytes(0, 1, 3);
      bytes[0] = 0xff;
      host.setBufferBytes(0, 0, 9, bytes.subarray(0, 2)); return 0;`,
      (it) => {
        it.buffer = Uint8Array.of(1, 2, 3, 4, 5);
      },
    );
    expect(host.calls[0]!.args).toEqual([0, 0, 9, "\xff\x03"]);
  });

  it("says undefined for a missing header", async () => {
    expect(await evaluate("[host.getHeaderMapValue(0, 'none') === undefined]")).toEqual([true]);
  });

  it("runs promise jobs before a callback returns, and lets them continue its stream", async () => {
    const { host, answer } = await run("Promise.resolve().then(() => host.continueStream(0)); return 1;");
    expect(answer).toBe(CONTINUE);
    expect(host.calls).toEqual([]);
  });

  it("tells the host to continue any other stream", async () => {
    const { host, answer } = await run(
      "host.continueStream(1); host.setEffectiveContext(9); host.continueStream(0); return 1;",
    );
    expect(answer).toBe(STOP);
    expect(host.calls.map(({ name, args }) => [name, ...args])).toEqual([
      ["proxy_continue_stream", 1],
      ["proxy_set_effective_context", 9],
      ["proxy_continue_stream", 0],
    ]);
  });

  it("runs due promise jobs when the guest asks", async () => {
    const job = "let n = 0; Promise.resolve().then(() => { n = 1; });";
    expect(await evaluate(`(() => { ${job} services.runMicrotasks(); return n; })()`)).toBe(1);
  });

  it("answers 500 and logs the error with its causes when the guest throws", async () => {
    const { host, answer } = await run("throw new TypeError('outer', { cause: new Error('inner') });");
    expect(answer).toBe(STOP);
    expect(host.calls.find(({ name }) => name === "proxy_send_local_response")!.args[0]).toBe(500);
    expect(host.log[0]).toMatch(/TypeError: outer[\s\S]*caused by: Error: inner/);
  });

  it("resets the exchange when the guest throws in a response body", async () => {
    const { host } = await run("return 0;");
    host.exports["proxy_on_response_body"]!(2, 5, 0);
    expect(host.calls.map(({ name }) => name)).toContain("proxy_close_stream");
  });

  it.each([
    ["a function", "const f = () => f() + 1; f();"],
    ["JSON.parse", "JSON.parse('['.repeat(1e5));"],
    ["JSON.stringify", "const o = { toJSON: () => JSON.stringify(o) }; JSON.stringify(o);"],
    ["a regular expression", "/(?:a|b)*$/.exec('ab'.repeat(1e5)); const r = s => s.replace(/x/, () => r(s)); r('x');"],
    ["getters", "const o = { get x() { return this.x; } }; o.x;"],
  ])("survives endless recursion of %s", async (_what, code) => {
    const { host } = await run(`try { ${code} } catch { host.log(2, "caught"); } return 0;`);
    expect(host.log).toEqual(["caught"]);
  });
});

describe("the platform", () => {
  it("draws different random numbers in every instance", async () => {
    const wasm = await onRequestHeaders("host.log(2, String(Math.random())); return 0;");
    const draw = async (): Promise<string> => {
      const host = await startModule(wasm);
      host.exports["proxy_on_request_headers"]!(2, 0, 1);
      return host.log[0]!;
    };
    const drawn = [await draw(), await draw()];
    expect(drawn[0]).not.toBe(drawn[1]);
    expect(Number(drawn[0])).toBeGreaterThanOrEqual(0);
    expect(Number(drawn[0])).toBeLessThan(1);
  });

  it("knows the time of the host, not of the build", async () => {
    const now = Date.now();
    expect(await evaluate("Date.now()")).toBeGreaterThanOrEqual(now);
    expect(await evaluate("performance.timeOrigin")).toBeGreaterThanOrEqual(now);
  });

  it.each([
    [[0x61]],
    [[0xc3, 0xa9]],
    [[0xe2, 0x82, 0xac]],
    [[0xf0, 0x9f, 0x98, 0x80]],
    [[0xef, 0xbb, 0xbf, 0x61]],
    [[0xff, 0x61]],
    [[0xc3]],
    [[0xc0, 0x80]],
    [[0xe2, 0x82]],
    [[0xe2, 0x82, 0x61]],
    [[0xed, 0xa0, 0x80]],
    [[0xf4, 0x90, 0x80, 0x80]],
    [[0xf0, 0x80, 0x80, 0x80]],
    [[0xf0, 0x9f, 0x98, 0x61, 0x62]],
    [[0x80, 0x80]],
    [[]],
  ])("decodes %j as Node does", async (input: number[]) => {
    const fatal = (): string => {
      try {
        return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(input));
      } catch {
        return "threw";
      }
    };
    const bytes = `Uint8Array.from(${JSON.stringify(input)})`;
    const inside = `(() => {
      try { return new TextDecoder("utf-8", { fatal: true }).decode(${bytes}) } catch { return "threw" }
    })()`;
    const streamed = `(() => {
      const decoder = new TextDecoder();
      let text = "";
      for (const byte of ${bytes}) text += decoder.decode(Uint8Array.of(byte), { stream: true });
      return text + decoder.decode();
    })()`;
    const expected = new TextDecoder().decode(Uint8Array.from(input));
    expect(await evaluate(`[new TextDecoder().decode(${bytes}), ${inside}, ${streamed}]`)).toEqual([
      expected,
      fatal(),
      expected,
    ]);
  });

  it("encodes text as Node does", async () => {
    const text = "a\u00e9\u20ac\u{1f600}\ud800!";
    expect(await evaluate(`[...new TextEncoder().encode(${JSON.stringify(text)})]`)).toEqual([
      ...new TextEncoder().encode(text),
    ]);
  });
});
