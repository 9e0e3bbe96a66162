/** Tokens that are all different, good ones and bad ones: a module's memory is what it was before. bench/envoy/tokens.mjs has it in Envoy. */
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { compilePolicy } from "../../../src/compiler/build-module.js";
import { type ModuleHost, startModule } from "../../support/module-host.js";
import { b64, claims, ec, otherEc, token } from "./tokens.js";

const cacheDir = fileURLToPath(new URL("../../../.cache/", import.meta.url));
const ROOT = 1;
/** More than are remembered, of each kind. */
const warmUp = 1_500;
const tokens = 1_500;

/** Tokens by kind, with the status that requests with them are answered with; undefined: they pass. */
const kinds: readonly [make: (id: number) => string, status: number | undefined][] = [
  [(id) => token({ alg: "ES256", kid: "a" }, claims({ exp: 4_102_444_800, sub: `user ${id}` })), undefined],
  [(id) => token({ alg: "ES256", kid: "a" }, claims({ sub: `forger ${id}` }), otherEc.privateKey), 401],
  [(id) => token({ alg: "ES256", kid: "a" }, claims({ exp: 1, sub: `user ${id}` })), 401],
  [(id) => `${b64({ alg: "ES256", kid: `invented ${id}` })}.${b64(claims())}.${b64(randomBytes(64))}`, 401],
  [() => [24, 90, 64].map((length) => b64(randomBytes(length))).join("."), 401],
  [(id) => b64(randomBytes(id % 6_000)), 401],
];

it(`a module has the memory after ${warmUp + tokens} different tokens that it had after ${warmUp}`, async () => {
  const file = fileURLToPath(new URL("policies/remembering.ts", import.meta.url));
  const host = await startModule((await compilePolicy(file, { cacheDir })).wasm);
  const config = { jwks: JSON.stringify({ keys: [{ ...ec.jwk, kid: "a" }] }) };
  host.buffer = Buffer.from(JSON.stringify({ config, sluice: { name: "use" } }));
  expect(host.exports["proxy_on_vm_start"]!(ROOT, 0)).toBe(1);
  expect(host.exports["proxy_on_configure"]!(ROOT, host.buffer.length)).toBe(1);

  send(host, 2, warmUp / 2);
  fillMemory(host);
  send(host, 2 + warmUp / 2, warmUp / 2);
  const before = host.memoryBytes;
  send(host, 2 + warmUp, tokens);
  expect(host.memoryBytes - before).toBe(0);
}, 120_000);

it("a module has the memory after any number of answers of 10 MB from the issuer that it had before, and asks as often as ever", async () => {
  const file = fileURLToPath(new URL("../../conformance/policies/verifying.ts", import.meta.url));
  const host = await startModule((await compilePolicy(file, { cacheDir })).wasm);
  let seconds = 1_800_000_000;
  host.clock = () => BigInt(seconds) * 1_000_000_000n;
  const config = { fetched: { upstream: "issuer", path: "/jwks" }, algorithms: ["ES256"] };
  host.buffer = Buffer.from(JSON.stringify({ config, sluice: { name: "use" } }));
  host.exports["proxy_on_vm_start"]!(ROOT, 0);
  expect(host.exports["proxy_on_configure"]!(ROOT, host.buffer.length)).toBe(1);

  const answer = Buffer.alloc(10_000_000, " ");
  const answers: number[] = [];
  for (let round = 0; round < 40; round++) {
    // No keys: every five seconds, or a little sooner.
    seconds += 5;
    host.exports["proxy_on_tick"]!(ROOT);
    const call = host.httpCalls.at(-1)!;
    if (host.httpCalls.length > answers.length) {
      host.headers = [[":status", "200"]];
      host.buffer = answer;
      host.exports["proxy_on_http_call_response"]!(ROOT, call, 1, answer.length, 0);
      answers.push(host.memoryBytes);
    }
    host.log.length = 0;
  }
  expect(host.httpCalls).toHaveLength(40);
  expect(new Set(answers.slice(1)).size).toBe(1);
}, 60_000);

/** Takes all memory that is free: what is lost with each token finds no gap. */
function fillMemory(host: ModuleHost): void {
  const before = host.memoryBytes;
  while (host.memoryBytes === before) {
    host.exports["proxy_on_memory_allocate"]!(1_024);
  }
}

function send(host: ModuleHost, firstId: number, count: number): void {
  for (let id = firstId; id < firstId + count; id++) {
    const [make, status] = kinds[id % kinds.length]!;
    host.headers = [
      [":method", "GET"],
      [":path", "/"],
      ["authorization", `Bearer ${make(id)}`],
    ];
    host.exports["proxy_on_context_create"]!(id, ROOT);
    host.exports["proxy_on_request_headers"]!(id, host.headers.length, 1);
    const answers = host.calls.filter(({ name }) => name === "proxy_send_local_response").map(({ args }) => args[0]);
    if (answers[0] !== status) {
      throw new Error(`A token of the kind ${id % kinds.length} was answered with ${answers.join()}.`);
    }
    // Kept, they would be a leak of the test's own.
    host.calls.length = 0;
    host.log.length = 0;
    host.exports["proxy_on_log"]?.(id);
    host.exports["proxy_on_done"]!(id);
  }
}
