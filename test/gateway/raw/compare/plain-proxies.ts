/** nginx and Envoy as plain proxies: one listener for each upstream, nothing set that has a default that serves. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findEnvoy } from "../../../../src/envoy/find-envoy.js";
import { startEnvoy } from "../../../../src/envoy/run-envoy.js";
import { SluiceError } from "../../../../src/errors.js";

export interface PlainProxy {
  /** With its version. */
  name: string;
  /** Where it listens, for each upstream. */
  ports: readonly number[];
  close(): Promise<void>;
}

const readyLimitMilliseconds = 10_000;
const pollMilliseconds = 20;

/** undefined where nginx is not installed. */
export async function startNginx(upstreams: readonly number[]): Promise<PlainProxy | undefined> {
  const version = await nginxVersion();
  if (version === undefined) {
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), "compare-raw-"));
  const ports = await freePorts(upstreams.length);
  const file = join(folder, "nginx.conf");
  await writeFile(file, nginxConfiguration(folder, ports, upstreams));
  const child = spawn("nginx", ["-p", folder, "-c", file], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = once(child, "exit");
  const close = async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for (const started = performance.now(); !(await listens(ports[0]!)); ) {
    if (performance.now() - started > readyLimitMilliseconds) {
      await close();
      throw new Error(`nginx does not listen after ${readyLimitMilliseconds} ms.`);
    }
    await delay(pollMilliseconds);
  }
  return { name: `nginx ${version}`, ports, close };
}

async function nginxVersion(): Promise<string | undefined> {
  const child = spawn("nginx", ["-v"], { stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  try {
    await once(child, "close");
  } catch {
    return undefined;
  }
  return /nginx\/(\S+)/.exec(output)?.[1];
}

function nginxConfiguration(folder: string, ports: readonly number[], upstreams: readonly number[]): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return [
    "daemon off;",
    "worker_processes 1;",
    // As root, nginx gives its workers to somebody who may not write here.
    ...(process.getuid?.() === 0 ? ["user root;"] : []),
    `pid ${folder}/pid;`,
    `error_log ${folder}/error.log crit;`,
    "events { worker_connections 1024; }",
    "http {",
    "access_log off;",
    ...temporary.map((name) => `${name}_temp_path ${folder}/${name};`),
    ...upstreams.map((port, i) => `upstream u${i} { server 127.0.0.1:${port}; keepalive 8; }`),
    ...ports.map(
      (port, i) =>
        `server { listen 127.0.0.1:${port}; location / { proxy_pass http://u${i}; proxy_http_version 1.1;` +
        ' proxy_set_header Connection ""; proxy_set_header Host $http_host; } }',
    ),
    "}",
  ].join("\n");
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** undefined where there is no Envoy. */
export async function startPlainEnvoy(upstreams: readonly number[]): Promise<PlainProxy | undefined> {
  let found: Awaited<ReturnType<typeof findEnvoy>>;
  try {
    found = await findEnvoy(undefined, process.env.PATH);
  } catch (error) {
    if (error instanceof SluiceError) {
      return undefined;
    }
    throw error;
  }
  const envoy = await startEnvoy(envoyBootstrap(upstreams), { binary: found.binary, concurrency: 1 });
  const ports = upstreams.map((_, i) => envoy.ports.get(`l${i}`)!);
  return { name: `Envoy ${found.version}`, ports, close: () => envoy.close() };
}

function envoyBootstrap(upstreams: readonly number[]): Parameters<typeof startEnvoy>[0] {
  const address = (port: number) => ({ socket_address: { address: "127.0.0.1", port_value: port } });
  return {
    static_resources: {
      listeners: upstreams.map((_, i) => ({
        name: `l${i}`,
        address: address(0),
        filter_chains: [{ filters: [{ name: "http", typed_config: connectionManager(i) }] }],
      })),
      clusters: upstreams.map((port, i) => ({
        name: `u${i}`,
        load_assignment: {
          cluster_name: `u${i}`,
          endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }],
        },
      })),
    },
  };
}

function connectionManager(i: number): Parameters<typeof startEnvoy>[0] {
  return {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: `l${i}`,
    use_remote_address: true,
    http_protocol_options: { accept_http_10: true },
    route_config: {
      virtual_hosts: [
        { name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: `u${i}` } }] },
      ],
    },
    http_filters: [
      {
        name: "router",
        typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
      },
    ],
  };
}
