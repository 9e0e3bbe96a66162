/** What modules do to tokens is what is done in plain JavaScript: the same parts, and the same objects of strict JSON, frozen. */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { JwsFunctions } from "../../src/abi/port.js";
import { buildEngine } from "../../src/engine/build-engine.js";
import { snapshotModule } from "../../src/engine/snapshot.js";
import { jwsFunctions } from "../../src/host/native/jws/jws-functions.js";
import { Random } from "../../src/testing/random.js";
import { startBareEngine } from "../support/bare-engine.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

/** A token to be taken apart, or what is to be read: a part of base64url, or bytes. */
type Input = { readonly token: string } | { readonly part: string } | { readonly bytes: readonly number[] };

/** What is said of each; its text is a module's, too. */
function told({ split, parse }: JwsFunctions, input: Input): string {
  if ("token" in input) {
    const parts = split(input.token);
    return JSON.stringify(parts?.map((part) => (typeof part === "string" ? part : Array.from(part))) ?? null);
  }
  const value = parse("part" in input ? input.part : Uint8Array.from(input.bytes));
  let open = 0;
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === "object" && next !== null) {
      open += Object.isFrozen(next) ? 0 : 1;
      left.push(...(Object.values(next) as unknown[]));
    }
  }
  return `${JSON.stringify(value)} ${open}`;
}

const bundle = `
  ${told.toString()}
  exports.createGuest = (host, { jwsFunctions, setLimits }) => ({
    onContextCreate() { setLimits(60_000, 67_108_864); },
    onTick() {
      const inputs = JSON.parse(host.getSharedData("inputs")[0].reduce((text, byte) => text + String.fromCharCode(byte), ""));
      for (const input of inputs) {
        host.log(2, told(jwsFunctions, input));
        const plain = "bytes" in input && input.plain ? JSON.parse(String.fromCharCode(...input.bytes)) : {};
        host.log(2, String(Object.isFrozen(plain) || !Reflect.set(plain, "more", 1)));
      }
    },
  });`;

/** What the module says of the inputs, and after each whether what JSON.parse() makes of the same is frozen. */
async function toldByModule(inputs: readonly Input[]): Promise<string[]> {
  const wasm = await snapshotModule(await buildEngine(cacheDir), bundle);
  const lines: string[] = [];
  const escaped = JSON.stringify(inputs).replace(
    /[^\0-~]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const engine = await startBareEngine(wasm, {
    getSharedData: () => [new TextEncoder().encode(escaped), 1],
    log: (_level, line) => lines.push(line),
  });
  engine["proxy_on_tick"]!(1);
  return lines;
}

const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];
const json = (text: string) => ({ bytes: bytesOf(text), plain: /^[\0-~]*$/.test(text) && isObject(text) });

function isObject(text: string): boolean {
  try {
    return typeof (JSON.parse(text) ?? 0) === "object";
  } catch {
    return false;
  }
}

/** More members than objects have shapes in common for. */
const many = (names: readonly string[]): string => `{${names.map((name) => `"${name}":{"${name}":1}`).join()}}`;
const hundreds = Array.from({ length: 400 }, (_, index) => `member${index}`);

const texts = [
  "{}",
  "[]",
  "1",
  "",
  "null",
  '"{}"',
  '{"a":1}',
  '{"a":1,"b":{"a":1,"c":[1,{"a":1}]}}',
  '{"a":1,"a":1}',
  '{"a":1,"b":{"c":1,"c":2}}',
  '{"a":1,"b":[{"c":1,"c":2}]}',
  '{"a":1,"\\u0061":2}',
  '{"":1,"":2}',
  '{"1":1,"0":1}',
  '{"1":1,"1":1}',
  '{"__proto__":{"a":1}}',
  '{"__proto__":1,"__proto__":1}',
  '{"toJSON":1,"constructor":[]}',
  ' { "a" : [ ] } ',
  "\ufeff{}",
  '{"a":"ä日🚀\\ud83d"}',
  '{"ä":1,"ä":2}',
  '{"a":1.0,"b":1e400,"c":-0}',
  '{"a":01}',
  '{"a":1}x',
  '{"a":1,}',
  "[".repeat(500) + "]".repeat(500),
  `{"a":${"[".repeat(500)}1${"]".repeat(500)}}`,
  `{"a":${'{"a":'.repeat(500)}1${"}".repeat(500)}}`,
  many(hundreds),
  many([...hundreds, "member7"]),
  many([...hundreds.slice(0, 30), "member7"]),
];

const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";

/** Each text, and others with a byte or so that is not as it was. */
function mutated(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const odd = [".", "=", "-", "_", "+", "/", " ", "\n", "A", "ä", "Ā", "\0", ""][random.below(13)]!;
  return text.slice(0, at) + odd + text.slice(at + random.below(3));
}

it("as in plain JavaScript, in a module", async () => {
  const random = new Random(1);
  const tokens = [".", "..", "...", "a", "a.b", "a.b.c", "AA..", ".AA.AA", "AA.AA.", "AA.AA.AA", "AA.AA.AA.AA", token];
  const inputs: Input[] = [
    ...texts.flatMap((text) => [json(text), { part: Buffer.from(text).toString("base64url") }, json(text)]),
    ...[[0xff], [0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d]].map((bytes) => ({ bytes })),
    { bytes: [...bytesOf('{"a":"'), 0xed, 0xa0, 0x80, ...bytesOf('"}')] },
    ...tokens.map((each) => ({ token: each })),
    ...Array.from({ length: 400 }, () => ({ token: mutated(random, token) })),
    ...Array.from({ length: 100 }, () => ({ part: mutated(random, "eyJhbGciOiJSUzI1NiJ9") })),
    ...Array.from({ length: 200 }, () => json(mutated(random, '{"a":1,"b":{"c":[1,"2",null]},"a2":true}'))),
  ];
  const lines = await toldByModule(inputs);
  inputs.forEach((input, index) => {
    expect([input, lines[2 * index]]).toEqual([input, told(jwsFunctions, input)]);
  });
  // Objects that others read of the same texts are theirs.
  expect(new Set(lines.filter((_, index) => index % 2 === 1))).toEqual(new Set(["false"]));
  expect(lines.filter((line) => line.startsWith("{")).length).toBeGreaterThan(50);
}, 300_000);
