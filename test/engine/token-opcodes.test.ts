/** What the interpreter runs of an exchange whose request has a token, in opcodes; see opcodes.test.ts. */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { CASES } from "../../bench/envoy/support/exchanges.mjs";
import { forged, goodTokens, jwks, malformed } from "../../bench/envoy/support/jwt-tokens.mjs";
import { countOpcodes } from "../../bench/envoy/support/opcodes.mjs";
import { compilePolicy } from "../../src/compiler/build-module.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { deny: head = [] } = CASES;
const right = Uint8Array.of(0x08, 1);
const wrong = Uint8Array.of(0x08, 0);
let module: Awaited<ReturnType<typeof compilePolicy>>;

beforeAll(async () => {
  module = await compilePolicy(`${root}bench/envoy/policies/jwt.ts`, { cacheDir: `${root}.cache/` });
}, 300_000);

/** Of the last of several exchanges, each of which has the next token. */
async function opcodes(tokens: readonly string[], foreign: Uint8Array) {
  const next = (round: number): [string, string][] => [
    ...head,
    ["authorization", `Bearer ${tokens[round % tokens.length]}`],
  ];
  const { wasm, map } = module;
  const counts = await countOpcodes(wasm, {
    ...(map !== undefined && { map }),
    configuration: JSON.stringify({ jwks }),
    cases: { next },
    foreign,
  });
  return counts.get("next")!;
}

const requests: readonly { what: string; tokens: readonly string[]; most: number; is?: Uint8Array }[] = [
  { what: "a token that was never seen, of RS256", tokens: goodTokens("RS256", 50), most: 1_400 },
  { what: "a token that was never seen, of ES256", tokens: goodTokens("ES256", 50), most: 1_440 },
  { what: "a token that somebody else has signed", tokens: forged(goodTokens("RS256", 50)), is: wrong, most: 960 },
  { what: "a token that is known", tokens: goodTokens("RS256", 1), most: 95 },
  ...Object.entries(malformed()).map(([what, text]) => ({ what, tokens: [text], most: 360 })),
];

it.each(requests)(
  "of a request with $what: at most $most",
  async ({ tokens, most, is = right }) => {
    const counted = await opcodes(tokens, is);
    expect(counted.opcodes, JSON.stringify(counted.functions.slice(0, 20), undefined, 1)).toBeLessThanOrEqual(most);
  },
  300_000,
);
