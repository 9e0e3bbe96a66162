import { open, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { watModule } from "../support/wat-module.js";
import { CliProcess } from "./cli-process.js";
import { OpenRequest } from "./open-request.js";
import { answering, TemporaryProject } from "./temporary-project.js";

/** An upstream that tells when a request has arrived, and answers when told to. */
let upstream: Server;
let url: string;
let arrived: () => void;
let release: Promise<void>;
beforeAll(async () => {
  upstream = createServer((_request, response) => {
    arrived();
    void release.then(() => response.end("from upstream"));
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});
afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});

function gatewayFile(more = ""): string {
  return `listener: { port: 0${more} }\nupstreams: { up: { url: "${url}" } }\nroutes:\n  - upstream: up\n    policies: [{ use: ./policy.ts }]\n`;
}

const passing = 'import { definePolicy } from "sluice";\nexport default definePolicy({});\n';

describe("sluice run", () => {
  it("prints one line with its URL, serves, and exits with 0 on SIGTERM and on SIGINT", async () => {
    release = Promise.resolve();
    arrived = () => undefined;
    await using project = await TemporaryProject.create({ "gateway.yaml": gatewayFile(), "policy.ts": passing });
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      await using cli = new CliProcess(["run", "gateway.yaml"], { cwd: project.folder });
      const response = await fetch(`${await cli.url()}/x`);
      expect(await response.text()).toBe("from upstream");
      cli.signal(signal);
      expect(await cli.exit()).toBe(0);
      expect(cli.stdout).toMatch(/^sluice listens on http:\/\/127\.0\.0\.1:\d+\n$/);
      const lines = cli.stderr
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines[0]).toMatchObject({ msg: "exchange", method: "GET", path: "/x", status: 200, route: "route-0" });
      expect(lines.at(-1)).toMatchObject({ msg: `stopping on ${signal}` });
    }
  });

  it("serves and stops as ever while its log cannot be written: the disk is full", async () => {
    release = Promise.resolve();
    arrived = () => undefined;
    await using project = await TemporaryProject.create({ "gateway.yaml": gatewayFile(), "policy.ts": passing });
    const full = await open("/dev/full", "w");
    await using cli = new CliProcess(["run", "gateway.yaml"], { cwd: project.folder, standardError: full.fd });
    await full.close();
    const gateway = await cli.url();
    for (let i = 0; i < 5; i++) {
      expect(await (await fetch(`${gateway}/x`)).text()).toBe("from upstream");
    }
    cli.signal("SIGTERM");
    expect(await cli.exit()).toBe(0);
  });

  it("warns at the start of requests that go past a route with methods, in one line with place, names and cure", async () => {
    release = Promise.resolve();
    arrived = () => undefined;
    const file = (otherMethods: string) => `listener: { port: 0 }
upstreams: { up: { url: "${url}" } }
routes:
  - name: admin
    match: { pathPrefix: /admin, methods: [GET]${otherMethods} }
    upstream: up
    policies: [{ use: ./policy.ts }]
  - { name: open, upstream: up }
`;
    for (const [otherMethods, status] of [
      ["", 200],
      [", otherMethods: fallThrough", 200],
      [", otherMethods: refuse", 405],
    ] as const) {
      await using project = await TemporaryProject.create({ "gateway.yaml": file(otherMethods), "policy.ts": passing });
      await using cli = new CliProcess(["run", "gateway.yaml"], { cwd: project.folder });
      const response = await fetch(`${await cli.url()}/admin`, { method: "POST" });
      expect([response.status, response.headers.get("allow")]).toEqual([status, status === 405 ? "GET" : null]);
      cli.signal("SIGTERM");
      expect(await cli.exit()).toBe(0);
      const warnings = cli.stderr
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { level: number; at: string; msg: string })
        .filter(({ level }) => level === 40);
      if (otherMethods === "") {
        expect(warnings).toMatchObject([{ at: "gateway.yaml:5:34", key: "routes[0].match.methods" }]);
        expect(warnings[0]!.msg).toMatch(/"admin".*"open".*otherMethods: refuse/);
      } else {
        expect(warnings).toEqual([]);
      }
    }
  });

  it("refuses routes that can never match, with their lines, and exits with 2", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": `upstreams: { up: { url: "${url}" } }
routes:
  - { name: one, match: { pathPrefix: "/%61dmin" }, upstream: up }
  - { name: two, match: { path: "/caf%c3%a9" }, upstream: up }
  - { name: three, match: { path: /x, methods: [GET] }, upstream: up }
  - { name: four, match: { path: /x, methods: [GET, PUT] }, upstream: up }
`,
    });
    await using cli = new CliProcess(["run", "gateway.yaml"], { cwd: project.folder });
    expect(await cli.exit()).toBe(2);
    expect(cli.stderr).toMatch(/gateway\.yaml:3:\d+ routes\[0\]\.match\.pathPrefix\n.*write "\/admin"/);
    expect(cli.stderr).toMatch(/gateway\.yaml:4:\d+ routes\[1\]\.match\.path\n.*write "\/caf%C3%A9"/);
    expect(cli.stderr).toMatch(/gateway\.yaml:6:\d+ routes\[3\]\.match\n.*"three" \(line 5\), which takes GET/);
    expect(cli.stdout).toBe("");
  });

  it("logs what clients send so that no terminal acts on it, and without what is secret in an error", async () => {
    release = Promise.resolve();
    arrived = () => undefined;
    await using project = await TemporaryProject.create({
      "gateway.yaml": gatewayFile(),
      "policy.ts": `import { definePolicy } from "sluice";
export default definePolicy({
  async onRequest(request, { logger }) {
    const { headers } = await request.intoHeadersState();
    logger.info(headers.get("x-said") ?? "");
    throw new Error("refused by http://a/?code=4bcdef0123&state=1, password=hunter2");
  },
});\n`,
    });
    await using cli = new CliProcess(["run", "gateway.yaml"], { cwd: project.folder });
    await fetch(`${await cli.url()}/x`, { headers: { "x-said": "a\u009b2J\u0085b" } });
    await cli.output(/"msg":"exchange"/);
    cli.signal("SIGTERM");
    await cli.exit();
    expect(cli.stderr).toContain('"msg":"a\\u009b2J\\u0085b"');
    expect(cli.stderr).toContain("refused by http://a/?code=[redacted]&state=1, password=[redacted]");
    expect(cli.stderr).not.toMatch(/[\u0080-\u009f]|4bcdef0123|hunter2/);
  });

  it("lets an exchange end before it exits", async () => {
    let answer = (): void => undefined;
    release = new Promise((resolve) => (answer = resolve));
    const waiting = new Promise<void>((resolve) => (arrived = resolve));
    await using project = await TemporaryProject.create({ "gateway.yaml": gatewayFile(), "policy.ts": passing });
    await using cli = new CliProcess(["run", "gateway.yaml"], { cwd: project.folder });
    const response = fetch(await cli.url());
    await waiting;
    cli.signal("SIGTERM");
    await cli.output(/stopping on SIGTERM/);
    answer();
    expect(await (await response).text()).toBe("from upstream");
    expect(await cli.exit()).toBe(0);
  });

  it("breaks an exchange off that does not end in the time for it", async () => {
    release = new Promise(() => undefined);
    const waiting = new Promise<void>((resolve) => (arrived = resolve));
    await using project = await TemporaryProject.create({
      "gateway.yaml": gatewayFile(", timeouts: { drain: 50ms }"),
      "policy.ts": passing,
    });
    await using cli = new CliProcess(["run", "gateway.yaml"], { cwd: project.folder });
    const refused = expect(fetch(await cli.url())).rejects.toThrow();
    await waiting;
    cli.signal("SIGTERM");
    expect(await cli.exit()).toBe(0);
    await refused;
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("ends at once at the second %s, with exit code %i", async (signal, code) => {
    await using project = await TemporaryProject.create({ "gateway.yaml": gatewayFile(), "policy.ts": answering("a") });
    await using cli = new CliProcess(["run", "gateway.yaml"], { cwd: project.folder });
    release = new Promise(() => undefined);
    const open = new OpenRequest(await cli.url());
    expect(await (await fetch(await cli.url())).text()).toBe("a");
    cli.signal(signal);
    await cli.output(new RegExp(`stopping on ${signal}`));
    cli.signal(signal);
    expect(await cli.exit()).toBe(code);
    await expect(open.answer()).rejects.toThrow();
  });

  it("lists everything that is wrong with its file and exits with 2", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": `listener: { prot: 8080 }
upstreams: { up: { url: "http://127.0.0.1:1" } }
routes:
  - upstream: down
    policies:
      - { use: ./broken.ts }
      - { use: ./missing.ts }
      - { use: ./throwing.ts }
      - { use: ./picky.ts, config: { realm: "\${SECRET}" } }
`,
      "broken.ts": "export default {\n  a b\n};\n",
      "throwing.ts": "export default {};\ngone();\n",
      "picky.ts": `import { definePolicy } from "sluice";
const validate = (value: unknown) => ({ issues: [{ message: "not " + JSON.stringify(value), path: ["realm"] }] });
export default definePolicy({ config: { "~standard": { version: 1, vendor: "test", validate } } });\n`,
    });
    await using cli = new CliProcess(["run", "gateway.yaml"], {
      cwd: project.folder,
      environment: { SECRET: "hunter2" },
    });
    expect(await cli.exit()).toBe(2);
    expect(cli.stdout).toBe("");
    expect(cli.stderr).toContain("gateway.yaml: 6 problems");
    expect(cli.stderr).toContain('gateway.yaml:1:13 listener.prot\n  unknown key "prot": did you mean "port"?');
    expect(cli.stderr).toContain('broken.ts:2:5: Expected "}" but found "b".');
    expect(cli.stderr).toContain("missing.ts: there is no such file.");
    expect(cli.stderr).toContain("throwing.ts:2:1: the policy cannot be loaded: gone is not defined");
    expect(cli.stderr).toContain(
      'gateway.yaml:4:15 routes[0].upstream\n  expected the name of an upstream (up), got "down"',
    );
    expect(cli.stderr).toContain('gateway.yaml:9:45 routes[0].policies[3].config.realm\n  not {"realm":"${SECRET}"}');
    expect(cli.stderr).toContain("CONFIG_INVALID: ");
    expect(cli.stderr).not.toContain("    at ");
  });

  it("exits with 2 for a file that does not exist", async () => {
    await using project = await TemporaryProject.create({});
    await using cli = new CliProcess(["run", "none.yaml"], { cwd: project.folder });
    expect(await cli.exit()).toBe(2);
    expect(cli.stderr).toContain("none.yaml: there is no such file.");
  });

  it("logs a rejected promise that a policy does not await, with its place, and goes on", async () => {
    release = Promise.resolve();
    arrived = () => undefined;
    await using project = await TemporaryProject.create({
      "gateway.yaml": gatewayFile(),
      "policy.ts": `import { definePolicy } from "sluice";
async function floating(): Promise<void> {
  throw new Error("floating");
}
export default definePolicy({ onRequest() { void floating(); } });\n`,
    });
    await using cli = new CliProcess(["run", "gateway.yaml"], { cwd: project.folder });
    const url = await cli.url();
    expect((await fetch(url)).status).toBe(200);
    const [line] = await cli.output(/.*a promise that nobody awaits was rejected.*/);
    const {
      err: { stack },
    } = JSON.parse(line) as { err: { stack: string } };
    expect(stack).toContain(`${project.path("policy.ts")}:3:9`);
    expect(stack).not.toContain("src/guest");
    expect((await fetch(url)).status).toBe(200);
  });

  it("exits with 1 and says so when its port is taken", async () => {
    const { port } = new URL(url);
    await using project = await TemporaryProject.create({
      "gateway.yaml": gatewayFile().replace("port: 0", `port: ${port}`),
      "policy.ts": passing,
    });
    await using cli = new CliProcess(["run", "gateway.yaml"], { cwd: project.folder });
    expect(await cli.exit()).toBe(1);
    expect(cli.stderr).toContain(`127.0.0.1:${port}: EADDRINUSE`);
    expect(cli.stderr).not.toContain("    at ");
  });
});

describe("the command line", () => {
  it.each([
    [["--help"], 0, "Usage: sluice"],
    [["--version"], 0, "0."],
    [["unknown"], 2, "unknown command 'unknown'"],
    [["run"], 2, "missing required argument"],
    [["run", "p.ts"], 2, "Expected a gateway file (YAML), got p.ts: sluice dev p.ts runs a policy without one."],
    [["envoy", "p.wasm", "-o", "out"], 2, "Expected a gateway file (YAML), got p.wasm"],
    [
      ["dev", "gateway.yaml"],
      2,
      "sluice dev runs one policy, got gateway.yaml: if that is a gateway file, sluice run gateway.yaml runs it.",
    ],
    [["dev", "p.ts", "--colour"], 2, "unknown option '--colour'"],
    [["dev", "p.ts", "--port", "x"], 2, '--port: expected a port: a number from 0 to 65535, got "x"'],
    [["dev", "p.ts", "--upstream", "ftp://x"], 2, "--upstream: expected an origin"],
  ])("%s", async (args, code, text) => {
    await using cli = new CliProcess(args, { cwd: "." });
    expect(await cli.exit()).toBe(code);
    expect(cli.stdout + cli.stderr).toContain(text);
  });

  it("runs a module beside a policy from source, and logs where it traps without its words reaching the client", async () => {
    release = Promise.resolve();
    arrived = () => undefined;
    await using project = await TemporaryProject.create({
      "gateway.yaml": gatewayFile().replace(
        "[{ use: ./policy.ts }]",
        "[{ use: ./policy.ts }, { use: ./trapping.wasm }]",
      ),
      "policy.ts": passing,
    });
    await writeFile(
      project.path("trapping.wasm"),
      watModule('(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) unreachable)'),
    );
    await using cli = new CliProcess(["run", "gateway.yaml"], { cwd: project.folder });
    const response = await fetch(await cli.url());
    expect([response.status, await response.text()]).toEqual([500, ""]);
    await cli.output(/MODULE_TRAPPED: policy trapping: the module trapped in proxy_on_request_headers: unreachable/);
  });

  it("logs which module held an exchange for too long", async () => {
    release = Promise.resolve();
    arrived = () => undefined;
    await using project = await TemporaryProject.create({
      "gateway.yaml": gatewayFile().replace("./policy.ts }]", "./holding.wasm }]\n    limits: { streamIdle: 50ms }"),
    });
    await writeFile(
      project.path("holding.wasm"),
      watModule('(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (i32.const 1))'),
    );
    await using cli = new CliProcess(["run", "gateway.yaml"], { cwd: project.folder });
    expect((await fetch(await cli.url())).status).toBe(504);
    await cli.output(/"policy":"holding".*HOLD_TIMEOUT: the policy holding held the exchange for 50 ms/);
    await cli.output(/"details":"stream_idle_timeout".*"heldBy":"holding"/);
  });
});
