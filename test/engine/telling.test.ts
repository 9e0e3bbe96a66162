/**
 * What a policy throws or logs is told in a time of its own: it does not depend on how large it is. The measure is how often the engine
 * looks at the clock, which it does every so many steps of its work.
 */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { type ModuleHost, startModule } from "../support/module-host.js";

const file = fileURLToPath(new URL("./policies/teller.ts", import.meta.url));
const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const ROOT = 1;
/** Looks at the clock: some 30 ms of work. */
const most = 400;

let host: ModuleHost;
let looks: number;
let lastId = 100;
beforeAll(async () => {
  const { wasm } = await compilePolicy(file, { cacheDir });
  host = await startModule(wasm);
  host.clock = () => {
    looks++;
    return 1_000_000_000n;
  };
  host.buffer = Buffer.from(JSON.stringify({ config: {}, sluice: { name: "teller" } }));
  host.exports["proxy_on_vm_start"]!(ROOT, 0);
  expect(host.exports["proxy_on_configure"]!(ROOT, host.buffer.length)).toBe(1);
}, 300_000);

/** How much work a request is, and what it logs. */
function request(what: string, how: string, size: number): { work: number; log: string[] } {
  const id = ++lastId;
  host.headers = [
    [":method", "GET"],
    [":path", "/"],
    ["x-what", what],
    ["x-how", how],
    ["x-size", String(size)],
  ];
  host.log.length = 0;
  looks = 0;
  host.exports["proxy_on_context_create"]!(id, ROOT);
  host.exports["proxy_on_request_headers"]!(id, host.headers.length, 1);
  const work = looks;
  host.exports["proxy_on_done"]!(id);
  host.exports["proxy_on_delete"]?.(id);
  return { work, log: [...host.log] };
}

it.each(
  ["throw", "log"].flatMap(
    (how) =>
      [
        [how, "error", 5_000_000],
        [how, "text", 5_000_000],
        [how, "code", 5_000_000],
        [how, "stack", 5_000_000],
        [how, "cause", 5_000_000],
        [how, "name", 5_000_000],
        [how, "aggregate", 100_000],
        [how, "array", 100_000],
        [how, "object", 20_000],
        [how, "nested", 0],
      ] as const,
  ),
)("to %s %s of size %d is no more than a bounded amount of work", (how, what, size) => {
  const { work, log } = request(what, how, size);
  expect(log).toHaveLength(1);
  expect(log[0]!.length).toBeLessThan(50_000);
  expect(work - request(what, "make", size).work).toBeLessThan(most);
});
