/** JSON in the engine, which has a parser and a writer of its own, is that of the language. */
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { beforeAll, describe, expect, it } from "vitest";
import { buildEngine } from "../../src/engine/build-engine.js";
import { snapshotModule } from "../../src/engine/snapshot.js";
import { Random } from "../engines-fuzz/random.js";
import { type ModuleHost, startModule } from "../support/module-host.js";

/** Values that are more than data, or not all data: of each the code of a function that makes it. */
const values: readonly string[] = [
  "undefined",
  "Symbol('s')",
  "() => 1",
  "10n",
  "[undefined, () => 1, Symbol('s'), NaN, Infinity, -0]",
  "({ a: undefined, b: () => 1, c: Symbol('s'), d: 1, [Symbol('k')]: 2 })",
  "({ a: new Date(0), b: [new Date(NaN)] })",
  "({ a: { toJSON: (key) => key + '!' }, b: [{ toJSON: (key) => key }] })",
  "Object.create({ toJSON() { return 'inherited'; } })",
  "Object.assign(() => 1, { toJSON: () => 'of a function' })",
  "({ get a() { return [1]; }, b: 2 })",
  "({ get a() { delete this.b; this.c = 3; return 1; }, b: 2 })",
  "Object.defineProperty({ a: 1, b: 2 }, 'a', { enumerable: false })",
  "(() => { const o = { a: 1, b: 2, c: 3 }; delete o.a; delete o.c; return [o, o]; })()",
  "({ b: 1, 10: 2, 9: { 1: 'x' }, a: 3, 4294967294: 4, 4294967295: 5, '01': 6, '-1': 7 })",
  "Object.assign(Object.create(null), { a: 1 })",
  "new (class { a = 1; #b = 2; get c() { return 3; } })()",
  "[1, , 3]",
  "Object.assign([1], { length: 3 })",
  "Object.assign([1, 2], { name: 'not written' })",
  "(function () { return arguments; })(1, 'x')",
  "[new String('s'), new Number(1.5), new Boolean(false), new Map([[1, 2]]), new Uint8Array(2), /x/, new Error('e')]",
  "new Proxy({ a: [1] }, {})",
  "[new Proxy([1, 2], {})]",
  "(() => { const o = { a: [1] }; o.a.push({ o }); return o; })()",
  "(() => { const o = { a: 1 }; return [o, { o }, o]; })()",
  "Array.from({ length: 40 }, (_, i) => Object.fromEntries(Array.from({ length: i }, (_, k) => ['key' + k, k])))",
  "Array.from({ length: 300 }).reduce((text, _, i) => text + i + 'é\\n€'[i % 3], '')",
  "('\"\\u0000\\u2028\\ud800 \\u{1f600}\\udc00' + 'x'.repeat(9000)).slice(1, 8000)",
  "[1e21, 1e-7, 123456.789, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, 2 ** 31, -(2 ** 31), 4.35, 999999999.999999, 0.001, 1e9 + 0.5]",
];
const spaces: readonly unknown[] = [undefined, 2, 99, -1, NaN, "", "\t", "€\n more than ten characters"];

const strings = [
  "",
  "a",
  "role",
  "lorem ipsum dolor sit",
  "é",
  "日本語",
  "😀",
  "\ud800",
  'a"b\\c/',
  "\n\t\0",
  "__proto__",
  "10",
  "ÿ€",
];
const numbers =
  "0 -0 1 -17 2147483648 1e5 1E+21 1e-7 0.5 -0.001 3.25 0.30000000000000004 123456789012345678 1e400 01 1. .5 +1 -".split(
    " ",
  );
const damages = ["", '"', "\\", "\\u12", "{", "}", "]", ",", ":", "\ufeff", "null", "\0", "\u00a0", "//", "\ud800"];

/** A text that is JSON, or nearly so. */
function randomJson(random: Random, depth: number): string {
  const space = random.chance(10) ? random.pick([" ", "\n", "\t\r\n "]) : "";
  const several = (item: () => string): string =>
    Array.from({ length: random.int(random.chance(5) ? 40 : 5) }, item).join(`,${space}`);
  switch (random.int(depth > 0 ? 7 : 4)) {
    case 0:
      return random.pick(["true", "false", "null"]) + space;
    case 1:
      return random.pick(numbers.slice(0, random.chance(2) ? numbers.length : -5));
    case 2:
      return String((random.int(1e9) - 5e8) / 10 ** random.int(12));
    case 3:
      return randomString(random);
    case 4:
      return `[${several(() => randomJson(random, depth - 1))}${space}]`;
    default:
      return `{${space}${several(() => `${randomString(random)}${space}:${randomJson(random, depth - 1)}`)}}`;
  }
}

function randomString(random: Random): string {
  const text = random.pick(strings) + (random.chance(30) ? random.pick(strings).repeat(random.int(9)) : "");
  return random.chance(20) ? JSON.stringify(text).replaceAll("a", "\\u0061") : JSON.stringify(text);
}

/** The text in UTF-8; some of it is damaged. */
function randomBytes(random: Random): Buffer {
  const bytes = Buffer.from(randomJson(random, 5));
  if (random.chance(70)) {
    return bytes;
  }
  const at = random.int(bytes.length + 1);
  const put = random.chance(50) ? Buffer.from(random.pick(damages)) : Buffer.of(128 + random.int(128));
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + random.int(3))]);
}

const NOT_JSON = "not JSON";
const written = (value: unknown): string => JSON.stringify([JSON.stringify(value), JSON.stringify(value, null, 1)]);

function expected(bytes: Buffer): string {
  try {
    return written(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return NOT_JSON;
  }
}

let host: ModuleHost;
beforeAll(async () => {
  const engine = await buildEngine(fileURLToPath(new URL("../../.cache/", import.meta.url)));
  const wasm = await snapshotModule(
    engine,
    `
    const attempt = (make) => { try { return make() ?? "undefined"; } catch (error) { return error.name; } };
    const written = (value) => value === undefined ? "${NOT_JSON}" : JSON.stringify([JSON.stringify(value), JSON.stringify(value, null, 1)]);
    const values = [${values.map((value) => `() => ${value}`).join(",\n")}];
    const spaces = [undefined, 2, 99, -1, NaN, "", "\\t", "€\\n more than ten characters"];
    exports.createGuest = (host, services) => ({
      onContextCreate: () => services.setLimits(60_000, 64 << 20),
      onRequestHeaders(id, index) {
        host.log(2, JSON.stringify(spaces.map((space) => attempt(() => JSON.stringify(values[index](), null, space)))));
        return 0;
      },
      onRequestBody(id, size) {
        const bytes = host.getBufferBytes(0, 0, size);
        const text = new TextDecoder().decode(bytes);
        host.log(2, attempt(() => written(services.parseJson(bytes))));
        host.log(2, attempt(() => written(JSON.parse(text))));
        host.log(2, attempt(() => written(JSON.parse(text, (key, value) => value))));
        return 0;
      },
      onResponseHeaders(id, depth) {
        const text = "[".repeat(depth) + "]".repeat(depth);
        host.log(2, String(JSON.stringify(services.parseJson(new TextEncoder().encode(text))) === text && JSON.stringify(JSON.parse(text)) === text));
        return 0;
      },
      onResponseBody() {
        const bytes = new TextEncoder().encode("[" + '{"a":[1.5]},'.repeat(1e6) + "1]");
        host.log(2, attempt(() => services.parseJson(bytes)) + " " + attempt(() => JSON.parse("[1]")));
        return 0;
      },
      onCutOff(id, stack) { host.log(4, stack); },
    });`,
    "p.js",
  );
  host = await startModule(wasm);
}, 300_000);

function logged(callback: string, ...args: number[]): string[] {
  const before = host.log.length;
  host.exports[callback]!(2, ...args);
  return host.log.slice(before);
}

describe("texts", () => {
  it("are parsed as JSON.parse parses them, from bytes and from strings, and what is not JSON is not", () => {
    logged("proxy_on_request_headers", 0, 0);
    for (let seed = 1; seed <= 3000; seed++) {
      host.buffer = randomBytes(new Random(seed, "JSON"));
      const want = expected(Buffer.from(host.buffer));
      const got = logged("proxy_on_request_body", host.buffer.length, 1);
      const names = want === NOT_JSON ? [NOT_JSON, "SyntaxError", "SyntaxError"] : [want, want, want];
      expect(got, `seed ${seed}: ${Buffer.from(host.buffer).toString()}`).toEqual(names);
    }
  });

  it("may be nested as deeply as the memory allows", () => {
    expect(logged("proxy_on_response_headers", 50_000, 0)).toEqual(["true"]);
  });

  it("that need more memory than there is are not taken for something else", () => {
    expect(logged("proxy_on_response_body", 1, 0)).toEqual(["InternalError 1"]);
  });
});

describe("values that are more than data are written as JSON.stringify writes them", () => {
  it.each(values.map((value, index) => [value, index] as const))("%s", (value, index) => {
    const want = spaces.map((space) => {
      try {
        return (
          (runInNewContext(`JSON.stringify(${value}, null, space)`, { space }) as string | undefined) ?? "undefined"
        );
      } catch (error) {
        return (error as Error).name;
      }
    });
    expect(logged("proxy_on_request_headers", index, 0)).toEqual([JSON.stringify(want)]);
  });
});
