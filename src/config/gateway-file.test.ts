import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SluiceError } from "../errors.js";
import { type GatewayFileOptions, loadGatewayFile } from "./gateway-file.js";
import type { CheckedPolicy } from "./policies.js";
import { ConfigError, formatPath } from "./problems.js";

const nameRefused =
  "expected a name of letters, digits, `.`, `_` and `-` that is not one of JavaScript's own, such as constructor, got string";

const minimal = `upstreams:
  echo: { url: http://127.0.0.1:9000 }
routes:
  - upstream: echo
`;

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
  it.each([
    ["an unknown key", `listenr: {}\n${minimal}`, ['1 listenr: unknown key "listenr": did you mean "listener"?']],
    [
      "every unknown key of an object",
      `listener: { hots: a, prot: 1 }\n${minimal}`,
      [
        '1 listener.hots: unknown key "hots": did you mean "host"?',
        '1 listener.prot: unknown key "prot": did you mean "port"?',
      ],
    ],
    [
      "a key that is like no other",
      `listener: { zzzzzz: 1 }\n${minimal}`,
      ['1 listener.zzzzzz: unknown key "zzzzzz"; known are host, port, trustedHops, timeouts, limits, requestTrailers'],
    ],
    [
      "a missing key",
      "upstreams:\n  e: {}\nroutes:\n  - name: x\n    upstream: e\n",
      ["2 upstreams.e.url: missing: this key is required"],
    ],
    ["a wrong type", `${minimal}    policies: 5\n`, ["5 routes[0].policies: expected a list, got number 5"]],
    ["an object that is a list", `listener: []\n${minimal}`, ["1 listener: expected a mapping, got a list"]],
    ["an empty file", "", ["1 : expected a mapping, got nothing"]],
    [
      "a list without items",
      "upstreams: {}\nroutes: []\n",
      ["2 routes: expected a list with at least one item, got an empty one"],
    ],
    [
      "a port out of range",
      `listener:\n  port: 70000\n${minimal}`,
      ["2 listener.port: expected a port: a number from 0 to 65535, got number 70000"],
    ],
    ...["-1", "1.5", "21", '"1"'].map((hops): [string, string, string[]] => [
      `${hops} trusted hops`,
      `listener:\n  trustedHops: ${hops}\n${minimal}`,
      [
        `2 listener.trustedHops: expected how many proxies are in front: a number from 0 to 20, got ${hops.startsWith('"') ? "string" : "number"} ${hops}`,
      ],
    ]),
    [
      "a duration without unit",
      `listener:\n  timeouts: { drain: "5" }\n${minimal}`,
      [
        '2 listener.timeouts.drain: expected a duration: milliseconds as a number, or a string such as "250ms", "5s", "1m" (at most 24 days), got string "5"',
      ],
    ],
    [
      "a size with an unknown unit",
      `${minimal}    limits: { body: 1mb }\n`,
      [
        '5 routes[0].limits.body: expected a size: bytes as a number, or a string such as "64KiB", "1MiB", got string "1mb"',
      ],
    ],
    [
      "an upstream with a path",
      "upstreams: { a: { url: http://x/y } }\nroutes:\n  - upstream: a\n",
      [
        '1 upstreams.a.url: expected an origin, such as http://127.0.0.1:9000: no path, no query, no credentials, got string "http://x/y"',
      ],
    ],
    [
      "an upstream's name",
      'upstreams: { "a b": { url: http://x } }\nroutes:\n  - upstream: a b\n',
      [`1 upstreams["a b"]: ${nameRefused} "a b"`],
    ],
    ...["constructor", "toString", "prototype", "hasOwnProperty"].flatMap((name): [string, string, string[]][] => [
      [
        `an upstream called ${name}`,
        `upstreams:\n  ${name}: { url: http://x }\nroutes:\n  - upstream: ${name}\n`,
        [`2 upstreams.${name}: ${nameRefused} "${name}"`],
      ],
      [`a route called ${name}`, `${minimal}    name: ${name}\n`, [`5 routes[0].name: ${nameRefused} "${name}"`]],
      [
        `a policy called ${name}`,
        `${minimal}    policies: [{ use: p.ts, name: ${name} }]\n`,
        [`5 routes[0].policies[0].name: ${nameRefused} "${name}"`],
      ],
      [
        `an upstream ${name} that is none`,
        minimal.replace("upstream: echo", `upstream: ${name}`),
        [`4 routes[0].upstream: expected the name of an upstream (echo), got "${name}"`],
      ],
      [
        `the unknown key ${name}`,
        `listener: { ${name}: 1 }\n${minimal}`,
        [
          `1 listener.${name}: unknown key "${name}"; known are host, port, trustedHops, timeouts, limits, requestTrailers`,
        ],
      ],
    ]),
    [
      "path and pathPrefix together",
      `${minimal}    match: { path: /a, pathPrefix: /b }\n`,
      ["5 routes[0].match: expected either path or pathPrefix, got both"],
    ],
    [
      "a host with a port",
      `${minimal}    match: { host: "a:80" }\n`,
      ['5 routes[0].match.host: expected a host without port, such as example.com or *.example.com, got string "a:80"'],
    ],
    [
      "a path that no request has after normalisation",
      `${minimal}    match: { path: /a/../b }\n`,
      [
        '5 routes[0].match.path: expected a path in normal form, got "/a/../b", which no request has after normalisation: write "/b"',
      ],
    ],
    [
      "a path with a query",
      `${minimal}    match: { path: /a?b }\n`,
      ['5 routes[0].match.path: expected a path that begins with /, without query, got string "/a?b"'],
    ],
    [
      "a method that is never served",
      `${minimal}    match: { methods: [CONNECT] }\n`,
      [
        '5 routes[0].match.methods[0]: expected one of the methods that Node knows, in upper case, other than CONNECT, got string "CONNECT"',
      ],
    ],
    [
      "otherMethods without methods",
      `${minimal}    match: { otherMethods: refuse }\n`,
      ["5 routes[0].match: expected methods beside otherMethods, got none"],
    ],
    [
      "a method in lower case",
      `${minimal}    match: { methods: [get] }\n`,
      [
        '5 routes[0].match.methods[0]: expected one of the methods that Node knows, in upper case, other than CONNECT, got string "get"',
      ],
    ],
    [
      "a word that is not one of the allowed",
      `${minimal}    policies:\n      - { use: p.ts, onError: ignore }\n`,
      ['6 routes[0].policies[0].onError: expected ("deny" | "allow"), got string "ignore"'],
    ],
    [
      "an unknown upstream",
      minimal.replace("upstream: echo", "upstream: ecco"),
      ['4 routes[0].upstream: expected the name of an upstream (echo), got "ecco": did you mean "echo"?'],
    ],
    [
      "two routes of one name",
      `${minimal}    name: a\n  - upstream: echo\n    name: a\n    match: { path: /a }\n`,
      ['7 routes[1].name: expected a name that no other route has, got "a" again'],
    ],
    [
      "two policies of one name in a route",
      `${minimal}    policies:\n      - { use: a.ts, name: x }\n      - { use: b.ts, name: x }\n`,
      ['7 routes[0].policies[1].name: expected a name that no other policy of the route has, got "x" again'],
    ],
    [
      "a variable that is not set",
      `listener:\n  host: "\${HOST}"\n${minimal}`,
      ["2 listener.host: The environment variable HOST is not set."],
    ],
    [
      "a variable that is not set, once",
      `listener:\n  port: "\${PORT}"\n${minimal}`,
      ["2 listener.port: The environment variable PORT is not set."],
    ],
  ])("for %s", async (_what, text, problems) => {
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
