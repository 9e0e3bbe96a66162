import { fileURLToPath } from "node:url";
import { it } from "vitest";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { startModule } from "../support/module-host.js";
const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
it("x", async () => {
  const { wasm } = await compilePolicy(fileURLToPath(new URL("./policies/busy.ts", import.meta.url)), { cacheDir });
  for (const loop of ["async function", "then", "queueMicrotask", "kit", "finally", "late"]) {
    const host = await startModule(wasm);
    host.buffer = Buffer.from(JSON.stringify({ config: {}, sluice: { name: `busy` } }));
    host.exports["proxy_on_vm_start"]!(1, 0);
    host.exports["proxy_on_configure"]!(1, host.buffer.length);
    let jumps = false; let time = 1_000_000_000n; let polls = 0;
    host.clock = () => { if (jumps) { polls++; time += 20_000_000n; } return time; };
    const begin = (id: number, headers: Record<string, string>, end = 1) => {
      host.exports["proxy_on_context_create"]!(id, 1);
      host.headers = [[":method", "POST"], [":path", "/" + id], ["x-request-id", "r" + id], ...Object.entries(headers)];
      return host.exports["proxy_on_request_headers"]!(id, host.headers.length, end);
    };
    console.log("=====", loop);
    console.log(begin(10, { "x-wait": "sleep" }), begin(11, { "x-wait": "call" }), begin(12, { "x-wait": "body" }, 0), begin(13, { "x-wait": "stream" }, 0));
    jumps = true;
    host.calls.length = 0;
    console.log("loop", begin(20, { "x-loop": loop, "x-wait": "sleep", "x-burn": "100" }), "polls", polls);
    jumps = false;
    console.log(host.calls.map((c) => JSON.stringify(c)).join("\n")); host.calls.length = 0;
    console.log("log", host.log.splice(0));
    time += 60_000_000n;
    jumps = loop === "late";
    host.exports["proxy_on_tick"]!(1);
    jumps = false;
    console.log("TICK", host.calls.map((c) => JSON.stringify(c)).join("\n")); host.calls.length = 0;
    console.log("log", host.log.splice(0));
    time += 60_000_000n;
    host.exports["proxy_on_tick"]!(1);
    console.log("TICK", host.calls.map((c) => JSON.stringify(c)).join("\n"));
    console.log("log", host.log.splice(0));
  }
}, 300000);
