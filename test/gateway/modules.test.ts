/** Modules as policies of a gateway: the checks of its file, and what happens to exchanges. */

import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { loadGatewayFile } from "../../src/config/gateway-file.js";
import { ConfigError, formatPath } from "../../src/config/problems.js";
import { type AccessEntry, loadPolicy, type PolicyUseOptions, startGateway } from "../../src/gateway/index.js";
import { commonImports, watModule } from "../support/wat-module.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-modules-"));
});
afterAll(() => rm(folder, { recursive: true }));

const put = async (name: string, bytes: Uint8Array | string): Promise<string> => {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
};

/** Answers every request with this text. */
const answering = (text: string) =>
  watModule(
    `
  (data (i32.const 0) "${text}")
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $answer (i32.const 200) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const ${text.length})
      (i32.const 0) (i32.const 0) (i32.const -1)))
    (i32.const 1))`,
    {
      imports: `(import "env" "proxy_send_local_response" (func $answer (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))`,
    },
  );

/** Traps at a request with the header \`x\`. */
const fragile = () =>
  watModule(
    `
  (data (i32.const 0) "x")
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (if (i32.eqz (call $get_header (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 100) (i32.const 104))) (then unreachable))
    (i32.const 0))`,
    { imports: commonImports },
  );

/** Refuses its configuration, saying why; or traps. */
const picky = (then: string) =>
  watModule(
    `
  (data (i32.const 0) "realm: expected a text")
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $log (i32.const 4) (i32.const 0) (i32.const 22)))
    ${then})`,
    { imports: commonImports },
  );

async function problemsOf(uses: readonly string[]): Promise<string[]> {
  const policies = uses.map((use) => `      - ${use}\n`).join("");
  const file = await put(
    "gateway.yaml",
    `upstreams: { up: { url: "http://127.0.0.1:9" } }\nroutes:\n  - upstream: up\n    policies:\n${policies}`,
  );
  const error: unknown = await loadGatewayFile(file, { compile: loadPolicy }).then(
    () => "no error",
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) {
    throw new Error(`not refused: ${String(error)}`);
  }
  return error.problems.map(
    ({ path, line, message }) => `${line} ${formatPath(path)}: ${message.replaceAll(folder, "")}`,
  );
}

describe("a gateway file that names modules", () => {
  it("is refused with every one that is not there or cannot run, and why", async () => {
    const whole = fragile();
    await put("text.wasm", "not a module");
    await put("random.wasm", randomBytes(1_000));
    await put("cut.wasm", whole.subarray(0, whole.length / 2));
    await put("old.wasm", watModule("", { abi: "proxy_abi_version_0_1_0" }));
    await put("foreign.wasm", watModule("", { imports: `(import "env" "fly" (func))` }));
    const names = ["none", "text", "random", "cut", "old", "foreign"];
    const problems = await problemsOf(names.map((name) => `use: ./${name}.wasm`));
    expect(problems).toEqual([
      "5 routes[0].policies[0].use: /none.wasm: there is no such file.",
      expect.stringMatching(
        /^6 routes\[0\]\.policies\[1\]\.use: \/text\.wasm: expected a WebAssembly module, /,
      ) as string,
      expect.stringMatching(
        /^7 routes\[0\]\.policies\[2\]\.use: \/random\.wasm: expected a WebAssembly module, /,
      ) as string,
      expect.stringMatching(
        /^8 routes\[0\]\.policies\[3\]\.use: \/cut\.wasm: the module is malformed or truncated: /,
      ) as string,
      "9 routes[0].policies[4].use: /old.wasm: expected a proxy-wasm module of ABI 0.2.1 or 0.2.0, got ABI 0.1.0",
      "10 routes[0].policies[5].use: /foreign.wasm: the module imports what no proxy-wasm host provides: env.fly",
    ]);
  });

  it("is refused where a module refuses its configuration, or traps at it", async () => {
    await put("picky.wasm", picky("(i32.const 0)"));
    await put("trapping.wasm", picky("unreachable"));
    expect(await problemsOf(["use: ./picky.wasm\n        config: 1", "use: ./trapping.wasm"])).toEqual([
      "6 routes[0].policies[0].config: policy picky: the configuration is refused: realm: expected a text",
      "7 routes[0].policies[1].config: policy trapping: the module trapped in proxy_on_configure: unreachable",
    ]);
  });
});

/** An upstream that answers "from upstream". */
async function upstream(): Promise<string> {
  const server = http.createServer((_request, response) => response.end("from upstream"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function gateway(use: PolicyUseOptions, upstreamUrl = "http://127.0.0.1:9") {
  const lines: string[] = [];
  const failures: unknown[] = [];
  const running = await startGateway(
    { upstream: upstreamUrl, policies: [use] },
    {
      onPolicyLog: (_level, { msg }) => lines.push(msg),
      reports: { onPolicyFailure: (_policy, _facts, error) => failures.push(error) },
    },
  );
  onTestFinished(() => running.close());
  return { running, lines, failures };
}

describe("a module on a gateway", () => {
  it("that traps fails one exchange; the gateway serves the next one on the same connection", async () => {
    const { running, lines, failures } = await gateway({ use: await put("fragile.wasm", fragile()) }, await upstream());
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => {
      agent.destroy();
    });
    const get = (headers: http.OutgoingHttpHeaders) =>
      new Promise<[number, string]>((resolve, reject) => {
        http
          .get(running.url, { agent, headers }, (response) => {
            let body = "";
            response
              .on("data", (chunk: Buffer) => (body += chunk.toString()))
              .on("end", () => {
                resolve([response.statusCode ?? 0, body]);
              });
          })
          .on("error", reject);
      });
    expect([await get({ x: "1" }), await get({}), await get({ x: "1" }), await get({})]).toEqual([
      [500, ""],
      [200, "from upstream"],
      [500, ""],
      [200, "from upstream"],
    ]);
    expect(failures).toMatchObject([{ code: "MODULE_TRAPPED" }, { code: "MODULE_TRAPPED" }]);
    expect(lines).toHaveLength(2);
  });

  it("that traps is passed by where errors are allowed", async () => {
    const { running } = await gateway(
      { use: await put("fragile.wasm", fragile()), onError: "allow" },
      await upstream(),
    );
    const response = await fetch(running.url, { method: "POST", headers: { x: "1" }, body: "data" });
    expect([response.status, await response.text()]).toEqual([200, "from upstream"]);
  });

  it("is replaced by a reload, from the file as it is then", async () => {
    const use = await put("answer.wasm", answering("one"));
    const { running } = await gateway({ use });
    expect(await (await fetch(running.url)).text()).toBe("one");
    await put("answer.wasm", answering("two"));
    await running.replace({ upstream: "http://127.0.0.1:9", policies: [use] });
    expect(await (await fetch(running.url)).text()).toBe("two");
  });

  it("that is broken when it is reloaded changes nothing", async () => {
    const use = await put("answer.wasm", answering("one"));
    const { running } = await gateway({ use });
    await put("answer.wasm", answering("two").subarray(0, 50));
    await expect(running.replace({ upstream: "http://127.0.0.1:9", policies: [use] })).rejects.toMatchObject({
      code: "POLICY_MODULE",
    });
    expect(await (await fetch(running.url)).text()).toBe("one");
  });

  it("shares data with other modules and with what a reload puts in its place", async () => {
    // Answers with the data of the key, then sets it to one byte more.
    const use = await put(
      "sharing.wasm",
      watModule(
        `
      (data (i32.const 0) "k")
      (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (if (call $get (i32.const 0) (i32.const 1) (i32.const 100) (i32.const 104) (i32.const 108))
          (then (i32.store (i32.const 100) (i32.const 0)) (i32.store (i32.const 104) (i32.const 0))))
        (drop (call $answer (i32.const 200) (i32.const 0) (i32.const 0) (i32.load (i32.const 100)) (i32.load (i32.const 104))
          (i32.const 0) (i32.const 0) (i32.const -1)))
        (drop (call $set (i32.const 0) (i32.const 1) (i32.const 512) (i32.add (i32.load (i32.const 104)) (i32.const 1)) (i32.const 0)))
        (i32.const 1))`,
        {
          imports: `
        (import "env" "proxy_send_local_response" (func $answer (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_get_shared_data" (func $get (param i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_set_shared_data" (func $set (param i32 i32 i32 i32 i32) (result i32)))`,
        },
      ),
    );
    const { running } = await gateway({ use });
    const size = async () => (await (await fetch(running.url)).arrayBuffer()).byteLength;
    expect([await size(), await size()]).toEqual([0, 1]);
    await running.replace({ upstream: "http://127.0.0.1:9", policies: [use] });
    expect(await size()).toBe(2);
  });

  it.each(["request", "response"])("that holds a %s for ever is named, and the client gets 504", async (message) => {
    const holding = watModule(
      `(func (export "proxy_on_${message}_headers") (param i32 i32 i32) (result i32) (i32.const 1))`,
    );
    const holders: string[] = [];
    const entries: AccessEntry[] = [];
    const running = await startGateway(
      {
        upstream: await upstream(),
        policies: [await put(`holding-${message}.wasm`, holding)],
        limits: { streamIdleMilliseconds: 50 },
      },
      { reports: { onHoldTimeout: (policy) => holders.push(policy) }, accessLog: (entry) => entries.push(entry) },
    );
    onTestFinished(() => running.close());
    const response = await fetch(running.url, { method: "POST", body: "data" });
    expect([response.status, await response.text()]).toEqual([504, ""]);
    expect(holders).toEqual([`holding-${message}`]);
    expect(entries).toMatchObject([{ status: 504, details: "stream_idle_timeout", heldBy: `holding-${message}` }]);
  });
});
