/** Who calls a policy's filter in a module: the engine itself, with an exchange that it has prepared, or the guest. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { type ModuleHost, startModule } from "../support/module-host.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const CONTINUE = 0;

async function start(policy: string): Promise<ModuleHost> {
  const file = fileURLToPath(new URL(`./policies/${policy}`, import.meta.url));
  const host = await startModule((await compilePolicy(file, { cacheDir })).wasm);
  host.buffer = Buffer.from("{}");
  host.exports["proxy_on_vm_start"]!(1, 0);
  expect(host.exports["proxy_on_configure"]!(1, host.buffer.length)).toBe(1);
  return host;
}

/** Tells who is on the stack when the filter runs, for one exchange after the other, with others in between. */
function callers(host: ModuleHost): string[][] {
  return [2, 4, 6, 8].map((id) => {
    host.headers = [[":path", "/"]];
    expect(request(host, id)).toBe(CONTINUE);
    host.headers = [["x-stack", "1"]];
    host.calls.length = 0;
    request(host, id + 1);
    const stack = String(host.calls.find(({ name }) => name === "proxy_send_local_response")?.args[2]);
    const frames = stack.split("\n").flatMap((line) => /^\s*at (\S+) \(/.exec(line)?.[1] ?? []);
    return frames.slice(frames.indexOf("onRequest"));
  });
}

function request(host: ModuleHost, id: number): number {
  host.exports["proxy_on_context_create"]!(id, 1);
  const status = host.exports["proxy_on_request_headers"]!(id, host.headers.length, 1);
  host.exports["proxy_on_done"]!(id);
  return status;
}

describe("a request filter", () => {
  it("that is all of its policy is called by the engine, which has prepared the exchange", async () => {
    expect(callers(await start("stack.ts"))).toEqual([["onRequest"], ["onRequest"], ["onRequest"], ["onRequest"]]);
  }, 300_000);

  it.each([
    ["beside a response filter", "stack-and-response.ts"],
    ["of a policy that also has onDone", "stack-and-done.ts"],
  ])(
    "%s is called by the engine as well",
    async (_what, policy) => {
      expect(callers(await start(policy))).toEqual([["onRequest"], ["onRequest"], ["onRequest"], ["onRequest"]]);
    },
    300_000,
  );

  it("that awaits what is there already is called by the engine, too, which gives it that", async () => {
    expect(callers(await start("stack-and-await.ts"))).toEqual([
      ["onRequest"],
      ["onRequest"],
      ["onRequest"],
      ["onRequest"],
    ]);
  }, 300_000);

  it("of a policy that looks at its request later is called by the guest, which begins the exchange", async () => {
    for (const frames of callers(await start("stack-and-request.ts"))) {
      expect(frames).toContain("onRequestHeaders");
    }
  }, 300_000);
});
