/** What a policy throws where nobody catches it does not end the process in which it runs as plain JavaScript. */
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CliProcess } from "./cli-process.js";
import { TemporaryProject } from "./temporary-project.js";

/** Code of a filter, by the path of its request; `context` and `request` are at hand. */
const misdeeds = {
  "abort-listener":
    'context.signal.addEventListener("abort", () => { throw new Error("from it"); }); await context.clock.sleep(20_000);',
  onabort: 'context.signal.onabort = () => { throw new Error("from it"); }; await context.clock.sleep(20_000);',
  handleEvent:
    'context.signal.addEventListener("abort", { handleEvent() { throw new Error("from it"); } } as never); await context.clock.sleep(20_000);',
  "own-controller":
    'const own = new AbortController(); own.signal.addEventListener("abort", () => { throw new Error("from it"); }); own.abort();',
  "any-signal":
    'const own = new AbortController(); AbortSignal.any([own.signal]).onabort = () => { throw new Error("from it"); }; own.abort();',
  "timeout-signal": 'AbortSignal.timeout(1).onabort = () => { throw new Error("from it"); };',
  microtask: 'queueMicrotask(() => { throw new Error("from it"); });',
  "global-microtask": 'globalThis.queueMicrotask(() => { throw new Error("from it"); });',
  timer: 'setTimeout(() => { throw new Error("from it"); }, 1);',
  "floating-function": 'void (async () => { await null; throw new Error("from it"); })();',
  "floating-reaction": 'void Promise.resolve().then(() => { throw new Error("from it"); });',
  "floating-finally": 'void Promise.resolve().finally(() => { throw new Error("from it"); });',
} as const;

/** The same with reasons that are no errors, or cannot be read. What the log tells of them is not compared. */
const oddReasons = {
  "no-prototype": "Object.create(null)",
  undefined: "undefined",
  null: "null",
  text: '"text"',
  symbol: 'Symbol("odd")',
  "big-int": "1n",
  function: "() => undefined",
  frozen: "Object.freeze({ a: 1 })",
  "frozen-error": 'Object.freeze(new Error("frozen"))',
  "throwing-getters":
    "{ get message() { throw 1; }, get stack() { throw 2; }, get name() { throw 3; }, toString() { throw 4; } }",
  "throwing-error":
    "new (class extends Error { override get message(): string { throw 1; } override get stack(): string { throw 2; } override toString(): string { throw 3; } })()",
  proxy:
    "new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; }, ownKeys() { throw 3; }, has() { throw 4; } })",
  revoked: "(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()",
  "error-without-stack": 'Object.assign(new Error("bare"), { stack: undefined })',
  "error-with-odd-stack":
    'Object.assign(new Error("odd"), { stack: Symbol("s"), message: Object.create(null) as string })',
  "cyclic-cause": '(() => { const error = new Error("cyclic"); error.cause = error; return error; })()',
} as const;

/** Errors that arise in Node's own code, where no frame names the policy. */
const ofNode = {
  "json-reaction": 'void Promise.resolve("{").then(JSON.parse);',
  "crypto-reaction":
    'void crypto.subtle.importKey("raw", new Uint8Array(9), "HKDF", false, ["deriveBits"]).then((key) => crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(1), info: new Uint8Array(1) }, key, 7));',
} as const;

/** Thenables and results that throw when they are looked at: they fail their own filter. */
const results = {
  "thenable-throws": '{ then() { throw new Error("from it"); } }',
  "then-getter-throws": '{ get then() { throw new Error("from it"); } }',
  "thenable-rejects-twice":
    '{ then(_resolve: unknown, reject: (reason: unknown) => void) { reject(new Error("from it")); reject(new Error("from it")); throw new Error("from it"); } }',
  "proxy-result":
    "new Proxy({}, { get() { throw new Error('from it'); }, getPrototypeOf() { throw new Error('from it'); } })",
} as const;

const filters = [
  ...Object.entries(misdeeds).map(([path, code]) => [path, code] as const),
  ...Object.entries(oddReasons).flatMap(
    ([path, reason]) =>
      [
        [`reject-${path}`, `void Promise.reject(${reason});`],
        [`microtask-${path}`, `queueMicrotask(() => { throw (${reason}); });`],
        [`timer-${path}`, `setTimeout(() => { throw (${reason}); }, 0);`],
        [`filter-${path}`, `throw (${reason});`],
        [`late-${path}`, `await context.clock.sleep(1); throw (${reason});`],
      ] as const,
  ),
  ...Object.entries(ofNode),
  ...Object.entries(results).flatMap(
    ([path, result]) =>
      [
        [`return-${path}`, `return (${result}) as never;`],
        [`return-late-${path}`, `await context.clock.sleep(1); return (${result}) as never;`],
        [`await-${path}`, `await ((${result}) as never);`],
      ] as const,
  ),
];

const policy = `import { definePolicy } from "sluice";
export default definePolicy({
  async onRequest(request, context) {
    const { path } = await request.intoHeadersState();
    switch (path.slice(1)) {
${filters.map(([path, code]) => `      case ${JSON.stringify(path)}: { ${code} break; }`).join("\n")}
    }
  },
});
`;

const lineOf = (path: string): number => policy.split("\n").findIndex((line) => line.includes(`case "${path}":`)) + 1;

let upstream: Server;
let origin: string;
beforeAll(async () => {
  upstream = createServer((_request, response) => {
    response.end("from upstream");
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});
afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});

describe.each(["run", "dev"] as const)("sluice %s, while a policy throws where nobody catches it,", (command) => {
  let project: TemporaryProject;
  let cli: CliProcess;
  let url: string;
  beforeAll(async () => {
    project = await TemporaryProject.create({
      "gateway.yaml": `listener: { port: 0 }\nupstreams: { up: { url: "${origin}" } }\nroutes:\n  - upstream: up\n    policies: [{ use: ./policy.ts }]\n`,
      "policy.ts": policy,
    });
    const args =
      command === "run" ? ["run", "gateway.yaml"] : ["dev", "policy.ts", "--port", "0", "--upstream", origin];
    cli = new CliProcess(args, { cwd: project.folder });
    url = await cli.url();
  });
  afterAll(async () => {
    expect((await fetch(`${url}/plain`)).status).toBe(200);
    cli.signal("SIGTERM");
    expect(await cli.exit()).toBe(0);
    await cli[Symbol.asyncDispose]();
    await project[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    cli.stderr = "";
  });

  /** Sends a request, and goes away where its filter waits for that. */
  async function send(path: string): Promise<number | undefined> {
    const goesAway = ["abort-listener", "onabort", "handleEvent"].includes(path);
    if (!goesAway) {
      return (await fetch(`${url}/${path}`)).status;
    }
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(`GET /${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    // Another exchange later, the filter has begun.
    await fetch(`${url}/plain`);
    socket.destroy();
    return undefined;
  }

  it.each(Object.keys(misdeeds))("logs it with policy, request and place, and goes on: %s", async (path) => {
    const status = await send(path);
    expect([undefined, 200]).toContain(status);
    await cli.output(/from it/);
    await cli.output(new RegExp(`policy\\.ts:${lineOf(path)}:\\d+`));
    expect(cli.stderr).toMatch(/"policy":"[\w-]+","route":"route-0","request":"[\w-]+"/);
    expect((await fetch(`${url}/plain`)).status).toBe(200);
  });

  it.each(Object.keys(oddReasons))("goes on, whatever it throws: %s", async (reason) => {
    expect(await send(`reject-${reason}`)).toBe(200);
    await cli.output(/a promise that nobody awaits was rejected/);
    expect(await send(`microtask-${reason}`)).toBe(200);
    await cli.output(/A callback of queueMicrotask threw/);
    expect(await send(`timer-${reason}`)).toBe(200);
    await cli.output(/A callback of setTimeout threw/);
    cli.stderr = "";
    expect(await send(`filter-${reason}`)).toBe(500);
    await cli.output(/POLICY_FAILED: the request filter failed/);
    expect(await send(`late-${reason}`)).toBe(500);
    expect((await fetch(`${url}/plain`)).status).toBe(200);
  });

  it.each(Object.keys(ofNode))("logs what arises in Node's own code: %s", async (path) => {
    expect(await send(path)).toBe(200);
    await cli.output(/a promise that nobody awaits was rejected/);
    expect((await fetch(`${url}/plain`)).status).toBe(200);
  });

  it.each(Object.keys(results))("fails the filter whose result throws when it is looked at: %s", async (path) => {
    for (const way of ["return", "return-late"]) {
      expect([way, await send(`${way}-${path}`)]).toEqual([way, 500]);
    }
    await cli.output(/POLICY_FAILED: the request filter failed/);
    expect(await send(`await-${path}`)).toBe(500);
  });
});
