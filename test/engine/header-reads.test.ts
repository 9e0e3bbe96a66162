/** What a module asks its host for when filters that are run without the guest read single headers. */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { compileModule } from "../../src/compiler/build-module.js";
import { type ModuleHost, startModule } from "../support/module-host.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
let host: ModuleHost;
let lastId = 100;

beforeAll(async () => {
  const policies = ["a", "b"].map((name) => ({
    name,
    file: fileURLToPath(new URL("./policies/reader.ts", import.meta.url)),
  }));
  const { wasm } = await compileModule(policies, { cacheDir });
  host = await startModule(wasm);
  const uses = policies.map(({ name }) => ({ policy: name, config: {}, sluice: { name } }));
  host.buffer = Buffer.from(JSON.stringify({ sluice: { uses, metrics: false } }));
  host.exports["proxy_on_vm_start"]!(1, 0);
  expect(host.exports["proxy_on_configure"]!(1, host.buffer.length)).toBe(1);
  request();
}, 300_000);

/** What two policies have logged that read headers, and how often the host was asked for what it has, which the policies edit. */
function request(headers: Readonly<Record<string, string>> = {}): { log: string[]; reads: number } {
  host.calls.length = 0;
  host.log.length = 0;
  const came = { ":method": "GET", ":path": "/p", ...headers };
  let reads = 0;
  host.headersNow = () => {
    reads++;
    const edits = host.calls.filter(({ name }) => name === "proxy_replace_header_map_value");
    const edited = edits.map(({ args }) => [args[1], args[2]] as [string, string]);
    return Object.entries({ ...came, ...Object.fromEntries(edited) });
  };
  const id = ++lastId;
  host.exports["proxy_on_context_create"]!(id, 1);
  expect(host.exports["proxy_on_request_headers"]!(id, 5, 1)).toBe(0);
  host.exports["proxy_on_done"]!(id);
  return { log: host.log.map((line) => (JSON.parse(line) as { msg: string }).msg), reads };
}

it("the host is asked once for the headers that several filters get", () => {
  const { log, reads } = request({ "x-a": "1", "x-b": "2", "x-c": "" });
  expect(log).toEqual(["1 2 true 1 /p", "1 2 true 1 /p"]);
  // The path is read before.
  expect(reads).toBe(2);
});

it("what a filter has edited is what the next one gets", () => {
  const { log } = request({ "x-a": "1", "x-b": "2", "x-edit": "" });
  expect(log).toEqual(["1 2 false 1 /p", "1!", "1! 2 false 1! /p", "1!!"]);
});

it("nothing of a request is got in the next one", () => {
  request({ "x-a": "1", "x-b": "2" });
  expect(request({ "x-b": "3" }).log).toEqual(["null 3 false null /p", "null 3 false null /p"]);
});
