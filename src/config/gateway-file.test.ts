import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { minimalGatewayFile as minimal, refusedGatewayFiles } from "../../test/support/gateway-files.js";
import { SluiceError } from "../errors.js";
import { type GatewayFileOptions, loadGatewayFile } from "./gateway-file.js";
import type { CheckedPolicy } from "./policies.js";
import { ConfigError, formatPath } from "./problems.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-config-"));
});
afterAll(() => rm(folder, { recursive: true }));

const fine: CheckedPolicy = { checkConfig: () => [] };

async function load(text: string, options: Partial<GatewayFileOptions<CheckedPolicy>> = {}) {
  const file = join(folder, "gateway.yaml");
  await writeFile(file, text);
  return loadGatewayFile(file, { compile: () => Promise.resolve(fine), environment: {}, ...options });
}

/** Each problem as `line path: message`. */
async function problemsOf(text: string, options: Partial<GatewayFileOptions<CheckedPolicy>> = {}): Promise<string[]> {
  const error: unknown = await load(text, options).then(
    () => "no error",
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) {
    throw new Error(`not refused: ${String(error)}`);
  }
  return error.problems.map(({ path, message, line }) => `${String(line)} ${formatPath(path)}: ${message}`);
}

describe("a gateway file that is fine", () => {
  it("gets its defaults", async () => {
    const { config } = await load(minimal);
    expect(config).toEqual({
      listener: {
        host: "127.0.0.1",
        port: 8080,
        trustedHops: 0,
        timeouts: {
          requestHeadersMilliseconds: 15_000,
          requestBodyIdleMilliseconds: 30_000,
          keepAliveMilliseconds: 60_000,
          drainMilliseconds: 10_000,
        },
        limits: { connections: 10_000 },
        requestTrailers: "drop",
      },
      upstreams: { echo: { url: "http://127.0.0.1:9000", connectTimeoutMilliseconds: 5_000 } },
      routes: [
        {
          name: "route-0",
          match: {},
          upstream: "echo",
          policies: [],
          limits: {
            bodyBytes: 1_048_576,
            upstreamResponseMilliseconds: 15_000,
            streamIdleMilliseconds: 300_000,
            callbackMilliseconds: 100,
            memoryBytes: 67_108_864,
          },
        },
      ],
      log: { level: "info" },
      metrics: { policies: true },
    });
  });

  it("has every key resolved: units, paths, names, hosts", async () => {
    const { config, policies } = await load(`
listener: { host: "::1", port: 0, trustedHops: 2, limits: { connections: 10, connectionsPerClient: 2 }, requestTrailers: pass, timeouts: { requestHeaders: 5s, requestBodyIdle: 250ms, keepAlive: 1.5m, drain: 2000 } }
upstreams:
  a: { url: "https://API.example.com:443", connectTimeout: 1s }
routes:
  - name: api
    match: { host: API.example.com, pathPrefix: /api, methods: [GET, POST] }
    upstream: a
    policies:
      - { use: ./token/policy.ts, config: { realm: x } }
      - { use: ./token/policy.ts, onError: allow, partialRequests: allow }
      - { use: ../guard.wasm, name: guard, rootId: inner }
    limits: { body: 64KiB, upstreamResponse: 2s, streamIdle: 1h, callbackTime: 250ms, memory: 16MiB }
log: { level: debug }
`);
    expect(config.listener).toEqual({
      host: "::1",
      port: 0,
      trustedHops: 2,
      timeouts: {
        requestHeadersMilliseconds: 5_000,
        requestBodyIdleMilliseconds: 250,
        keepAliveMilliseconds: 90_000,
        drainMilliseconds: 2_000,
      },
      limits: { connections: 10, connectionsPerClient: 2 },
      requestTrailers: "pass",
    });
    expect(config.upstreams).toEqual({ a: { url: "https://api.example.com", connectTimeoutMilliseconds: 1_000 } });
    expect(config.routes[0]).toEqual({
      name: "api",
      upstream: "a",
      match: { host: "api.example.com", pathPrefix: "/api", methods: ["GET", "POST"] },
      policies: [
        {
          file: join(folder, "token/policy.ts"),
          name: "token",
          config: { realm: "x" },
          onError: "deny",
          partialRequests: "prevent",
        },
        {
          file: join(folder, "token/policy.ts"),
          name: "token-2",
          config: {},
          onError: "allow",
          partialRequests: "allow",
        },
        {
          file: join(folder, "../guard.wasm"),
          name: "guard",
          rootId: "inner",
          config: {},
          onError: "deny",
          partialRequests: "prevent",
        },
      ],
      limits: {
        bodyBytes: 65_536,
        upstreamResponseMilliseconds: 2_000,
        streamIdleMilliseconds: 3_600_000,
        callbackMilliseconds: 250,
        memoryBytes: 16_777_216,
      },
    });
    expect([...policies.keys()]).toEqual([join(folder, "token/policy.ts"), join(folder, "../guard.wasm")]);
  });

  it("takes values from the environment, and `$${` for a literal `${`", async () => {
    const { config } = await load(
      `listener: { port: "\${PORT}" }\n${minimal}    policies: [{ use: p.ts, config: { key: "Bearer \${KEY}", kept: "$\${KEY}", 5: "\${EMPTY}" } }]`,
      { environment: { PORT: "9001", KEY: "s3cret: x", EMPTY: "" } },
    );
    expect(config.listener.port).toBe(9001);
    expect(config.routes[0]?.policies[0]?.config).toEqual({ key: "Bearer s3cret: x", kept: "${KEY}", 5: "" });
  });
});

describe("a gateway file is refused", () => {
  it.each(refusedGatewayFiles)("for %s", async (_what, text, problems) => {
    expect(await problemsOf(text)).toEqual(problems);
  });

  it("for a key given twice, with the line", async () => {
    const [problem] = await problemsOf(`${minimal}routes: []\n`);
    expect(problem).toMatch(/^5 : Map keys must be unique/);
    expect(problem).toContain("> 5 | routes: []");
  });

  it("for YAML that is none", async () => {
    expect((await problemsOf("a: [1\n")).join()).toContain("  1 | a: [1\n> 2 |");
  });

  it("for a file that does not exist", async () => {
    await expect(
      loadGatewayFile(join(folder, "none.yaml"), { compile: () => Promise.resolve(fine) }),
    ).rejects.toMatchObject({ code: "CONFIG_NOT_FOUND" });
  });

  it("for a policy that does not compile, together with the other problems, in the file's order", async () => {
    const text = `${minimal}    policies:\n      - { use: bad.ts }\n      - { use: bad.ts }\n    limit: {}\nlistener: { port: x }\n`;
    const compile = () => Promise.reject(new SluiceError("POLICY_SYNTAX", "bad.ts:1:1: no"));
    expect(await problemsOf(text, { compile })).toEqual([
      "6 routes[0].policies[0].use: bad.ts:1:1: no",
      '8 routes[0].limit: unknown key "limit": did you mean "limits"?',
      '9 listener.port: expected a port: a number from 0 to 65535, got string "x"',
    ]);
  });

  it("for a configuration that the policy's schema refuses, at its place", async () => {
    const text = `${minimal}    policies:\n      - use: p.ts\n        config:\n          windows:\n            - size: many\n`;
    const compile = () =>
      Promise.resolve({
        checkConfig: (config: unknown) => {
          expect(config).toEqual({ windows: [{ size: "many" }] });
          return [
            { path: "windows[0].size", message: "expected number" },
            { path: "realm", message: "missing" },
          ];
        },
      });
    expect(await problemsOf(text, { compile })).toEqual([
      "8 routes[0].policies[0].config.realm: missing",
      "9 routes[0].policies[0].config.windows[0].size: expected number",
    ]);
  });

  it("for keys that a policy's schema does not know, or misses, as for those of the file", async () => {
    const config = v.strictObject({ tiers: v.array(v.strictObject({ limit: v.number() })) });
    const checkConfig = (value: unknown): { path: string; message: string }[] =>
      (v.safeParse(config, value).issues ?? []).map((issue) => ({
        path: v.getDotPath(issue) ?? "",
        message: issue.message,
      }));
    const text = `${minimal}    policies:\n      - use: p.ts\n        config:\n          teirs: []\n          tiers:\n            - limits: 3\n`;
    expect(await problemsOf(text, { compile: () => Promise.resolve({ checkConfig }) })).toEqual([
      '8 routes[0].policies[0].config.teirs: unknown key "teirs"',
      "10 routes[0].policies[0].config.tiers[0].limit: missing: this key is required",
      '10 routes[0].policies[0].config.tiers[0].limits: unknown key "limits"',
    ]);
  });

  it("without showing what came from the environment", async () => {
    const environment = { PASSWORD: 'hun"ter2' };
    const text = `listener: { port: "\${PASSWORD}" }\n${minimal}    policies:\n      - { use: p.ts, config: "\${PASSWORD}" }\n`;
    const compile = () =>
      Promise.resolve({
        checkConfig: (config: unknown) => [{ path: "", message: `got ${JSON.stringify(config)}` }],
      });
    const problems = await problemsOf(text, { environment, compile });
    expect(problems).toEqual([
      '1 listener.port: expected a port: a number from 0 to 65535, got string "${PASSWORD}"',
      '7 routes[0].policies[0].config: got "${PASSWORD}"',
    ]);
  });

  it("without showing secrets that stand in the file", async () => {
    const text = `upstreams: { a: { url: "http://user:hunter2@a/b" } }\nroutes: [{ upstream: a, policies: [{ use: p.ts, config: { keys: { apiKey: hunter2 } } }] }]\n`;
    const compile = () =>
      Promise.resolve({
        checkConfig: () => [{ path: "keys.apiKey", message: 'expected /^k-/ but received "hunter2"' }],
      });
    const problems = await problemsOf(text, { compile });
    expect(problems).toHaveLength(2);
    expect(problems.join()).toContain("received [redacted]");
    expect(problems.join()).not.toContain("hunter2");
  });

  it("for a file that is a folder", async () => {
    await expect(loadGatewayFile(folder, { compile: () => Promise.resolve(fine) })).rejects.toMatchObject({
      code: "CONFIG_NOT_FOUND",
      message: `${folder}: expected a file, got a folder.`,
    });
  });

  it("with one message that names file, place and path", async () => {
    const error = (await load(`listener: { prot: 1 }\n${minimal}`).catch((thrown: unknown) => thrown)) as ConfigError;
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toBe(
      `${error.file}: 1 problem\n\n${error.file}:1:13 listener.prot\n  unknown key "prot": did you mean "port"?`,
    );
  });
});
