import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import { isRunning } from "../envoy/support/is-running.js";
import { commonImports, watModule } from "../support/wat-module.js";
import { CliProcess } from "./cli-process.js";
import { TemporaryProject } from "./temporary-project.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

/** A module that logs its configuration. */
const tellsItsConfiguration = watModule(
  `(func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $buffer (i32.const 7) (i32.const 0) (local.get 1) (i32.const 100) (i32.const 104)))
    (drop (call $log (i32.const 2) (i32.load (i32.const 100)) (i32.load (i32.const 104))))
    (i32.const 1))`,
  {
    imports: `${commonImports} (import "env" "proxy_get_buffer_bytes" (func $buffer (param i32 i32 i32 i32 i32) (result i32)))`,
  },
);

/** An upstream that tells when a request has arrived, and answers when told to. */
let upstream: Server;
let origin: string;
let binary: string;
let arrived: () => void = () => undefined;
let release: Promise<void> = Promise.resolve();

beforeAll(async () => {
  binary = await installEnvoy(cacheDir);
  upstream = createServer((_request, response) => {
    arrived();
    void release.then(() => response.end("from upstream"));
  });
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});

afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});

function gatewayFile({ listener = "port: 0", policies = "" } = {}): string {
  return `listener: { ${listener} }\nupstreams: { up: { url: "${origin}" } }\nroutes:\n  - name: all\n    upstream: up\n${policies}`;
}

function run(folder: string, ...more: string[]): CliProcess {
  return new CliProcess(["run", "--engine", "envoy", "--envoy", binary, "gateway.yaml", ...more], { cwd: folder });
}

type Line = Record<string, unknown>;

function lines(cli: CliProcess): Line[] {
  return cli.stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

/** The id of the Envoy process, from the log. */
async function envoyId(cli: CliProcess): Promise<number> {
  const [, pid] = await cli.output(/"pid":(\d+),"msg":"Envoy runs"/);
  return Number(pid);
}

async function connects(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const connected = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return connected;
}

describe("sluice run --engine envoy", () => {
  it("prints one line with its URL, serves, logs what policies and Envoy say, and exits with 0 on SIGTERM", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": gatewayFile({ policies: "    policies: [{ use: ./greeter.ts, name: greet }]\n" }),
      "greeter.ts": `import { definePolicy } from "sluice";
export default definePolicy({
  async onRequest(request, { logger }) {
    const { path } = await request.intoHeadersState();
    logger.warn("hello", { path });
  },
});\n`,
    });
    await using cli = run(project.folder);
    const url = await cli.url();
    const response = await fetch(`${url}/x?token=secret`, { headers: { "x-request-id": "one" } });
    expect(await response.text()).toBe("from upstream");
    await cli.output(/"msg":"exchange"/);
    cli.signal("SIGTERM");
    expect(await cli.exit()).toBe(0);

    expect(cli.stdout).toMatch(/^sluice listens on http:\/\/127\.0\.0\.1:\d+\n$/);
    const log = lines(cli);
    expect(log).toContainEqual(
      expect.objectContaining({
        level: 40,
        policy: "greet",
        request: "one",
        msg: "hello",
        fields: { path: "/x?token=[redacted]" },
      }),
    );
    expect(log).toContainEqual(
      expect.objectContaining({
        level: 30,
        msg: "exchange",
        request: "one",
        method: "GET",
        path: "/x",
        route: "all",
        status: 200,
        details: "via_upstream",
      }),
    );
    expect(log).toContainEqual(
      expect.objectContaining({ component: "envoy", msg: expect.stringContaining("SIGTERM") }),
    );
    expect(log).toContainEqual(expect.objectContaining({ msg: "stopping on SIGTERM" }));
  });

  it("logs whose answer it was, and what a policy said, as the embedded gateway does", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": gatewayFile({
        policies:
          '    policies:\n      - { use: ./answers.ts, name: gate }\n      - { use: ./foreign.wasm, name: sdk, config: \'client_secret=s: {"a": "b: c"}\' }\n',
      }),
      "foreign.wasm": tellsItsConfiguration,
      "answers.ts": `import { definePolicy, Flow, Response } from "sluice";
export default definePolicy({
  async onRequest(request) {
    const { path } = await request.intoHeadersState();
    if (path === "/throw") {
      throw new Error("no");
    }
    return path === "/break" ? Flow.Break(new Response(403)) : undefined;
  },
});\n`,
    });
    for (const engine of ["envoy", "gateway"]) {
      await using cli =
        engine === "envoy" ? run(project.folder) : new CliProcess(["run", "gateway.yaml"], { cwd: project.folder });
      const url = await cli.url();
      for (const path of ["/break", "/throw"]) {
        await fetch(`${url}${path}`);
        await cli.output(new RegExp(`"path":"${path}"`));
      }
      cli.signal("SIGTERM");
      expect(await cli.exit()).toBe(0);
      const log = lines(cli);
      expect(log.filter(({ msg }) => msg === "exchange").map(({ status, details }) => [status, details])).toEqual([
        [403, "local_reply:gate"],
        [500, "local_reply:gate:policy_failed"],
      ]);
      expect(log).toContainEqual(
        expect.objectContaining({ policy: "sdk", msg: 'client_secret=[redacted] {"a": "b: c"}' }),
      );
    }
  });

  it("logs a request that no route takes as the embedded gateway does", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": gatewayFile({ policies: "    match: { path: /only, methods: [GET] }\n" }),
    });
    await using cli = run(project.folder);
    const url = await cli.url();
    expect((await fetch(`${url}/none`)).status).toBe(404);
    expect((await fetch(`${url}/only`, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${url}/x/%2e%2e;/only`)).status).toBe(400);
    cli.signal("SIGINT");
    expect(await cli.exit()).toBe(0);
    const exchanges = lines(cli).filter(({ msg }) => msg === "exchange");
    expect(exchanges).toMatchObject([
      { path: "/none", status: 404, details: "route_not_found" },
      { path: "/only", status: 405, details: "method_not_allowed" },
      { path: "/x/..;/only", status: 400, details: "bad_path" },
    ]);
    expect(exchanges.every((line) => !("route" in line))).toBe(true);
  });

  it("lets an exchange end before it exits, and takes no new one", async () => {
    let answer = (): void => undefined;
    release = new Promise((resolve) => (answer = resolve));
    const waiting = new Promise<void>((resolve) => (arrived = resolve));
    await using project = await TemporaryProject.create({ "gateway.yaml": gatewayFile() });
    await using cli = run(project.folder);
    const url = await cli.url();
    const response = fetch(url);
    await waiting;
    cli.signal("SIGTERM");
    await cli.output(/stopping on SIGTERM/);
    await expect.poll(() => connects(Number(new URL(url).port)), { timeout: 20_000 }).toBe(false);
    answer();
    expect(await (await response).text()).toBe("from upstream");
    expect(await cli.exit()).toBe(0);
  });

  it("breaks an exchange off that does not end in the time for it", async () => {
    release = new Promise(() => undefined);
    const waiting = new Promise<void>((resolve) => (arrived = resolve));
    await using project = await TemporaryProject.create({
      "gateway.yaml": gatewayFile({ listener: "port: 0, timeouts: { drain: 50ms }" }),
    });
    await using cli = run(project.folder);
    const refused = expect(fetch(await cli.url())).rejects.toThrow();
    await waiting;
    cli.signal("SIGTERM");
    expect(await cli.exit()).toBe(0);
    await refused;
  });

  it("ends at once at the second signal, and Envoy with it", async () => {
    release = new Promise(() => undefined);
    const waiting = new Promise<void>((resolve) => (arrived = resolve));
    await using project = await TemporaryProject.create({ "gateway.yaml": gatewayFile() });
    await using cli = run(project.folder);
    const refused = expect(fetch(await cli.url())).rejects.toThrow();
    const pid = await envoyId(cli);
    await waiting;
    cli.signal("SIGTERM");
    await cli.output(/stopping on SIGTERM/);
    cli.signal("SIGTERM");
    expect(await cli.exit()).toBe(143);
    await refused;
    await expect.poll(() => isRunning(pid), { timeout: 20_000 }).toBe(false);
  });

  it("does not leave Envoy behind when it is killed", async () => {
    await using project = await TemporaryProject.create({ "gateway.yaml": gatewayFile() });
    await using cli = run(project.folder);
    const url = await cli.url();
    await envoyId(cli);
    cli.signal("SIGKILL");
    expect(await cli.exit()).toBe("SIGKILL");
    await expect
      .poll(
        () =>
          fetch(url).then(
            () => "serves",
            () => "gone",
          ),
        { timeout: 20_000 },
      )
      .toBe("gone");
  });

  it("exits with 1 when Envoy ends by itself", async () => {
    await using project = await TemporaryProject.create({ "gateway.yaml": gatewayFile() });
    await using cli = run(project.folder);
    await cli.url();
    process.kill(await envoyId(cli), "SIGKILL");
    expect(await cli.exit()).toBe(1);
    expect(cli.stderr).toContain("Envoy ended by itself with SIGKILL");
    expect(cli.stderr).toContain("ENVOY_UNAVAILABLE: ");
  });

  it("exits with 1 and says so when its port is taken", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": gatewayFile({ listener: `port: ${new URL(origin).port}` }),
    });
    await using cli = run(project.folder);
    expect(await cli.exit()).toBe(1);
    expect(cli.stderr).toContain(`127.0.0.1:${new URL(origin).port}: EADDRINUSE`);
    expect(cli.stdout).toBe("");
  });

  it("exits with 1 and says what to do when there is no Envoy, or it does not run", async () => {
    await using project = await TemporaryProject.create({ "gateway.yaml": gatewayFile(), envoy: "no program" });
    for (const path of ["/nowhere/envoy", project.path("envoy")]) {
      await using cli = new CliProcess(["run", "--engine", "envoy", "--envoy", path, "gateway.yaml"], {
        cwd: project.folder,
      });
      expect(await cli.exit()).toBe(1);
      expect(cli.stderr).toContain(`${path} does not run`);
      expect(cli.stderr).toContain("name it with --envoy");
    }
  });

  it("warns of keys that Envoy does not honour, with their lines", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": gatewayFile({ listener: "port: 0, timeouts: { requestBodyIdle: 5s, drain: 1s }" }),
    });
    await using cli = run(project.folder);
    await cli.url();
    cli.signal("SIGTERM");
    expect(await cli.exit()).toBe(0);
    const warnings = lines(cli).filter((line) => "key" in line);
    expect(warnings).toMatchObject([{ level: 40, at: "gateway.yaml:1:34", key: "listener.timeouts.requestBodyIdle" }]);
  });

  it("has its options to itself", async () => {
    await using project = await TemporaryProject.create({ "gateway.yaml": gatewayFile() });
    await using cli = new CliProcess(["run", "--envoy", binary, "gateway.yaml"], { cwd: project.folder });
    expect(await cli.exit()).toBe(2);
    expect(cli.stderr).toContain("--envoy and --ca are options of --engine envoy");
  });

  it("lists everything that is wrong with its file and exits with 2", async () => {
    await using project = await TemporaryProject.create({ "gateway.yaml": gatewayFile({ listener: "prot: 1" }) });
    await using cli = run(project.folder);
    expect(await cli.exit()).toBe(2);
    expect(cli.stderr).toContain('gateway.yaml:1:13 listener.prot\n  unknown key "prot": did you mean "port"?');
  });
});
