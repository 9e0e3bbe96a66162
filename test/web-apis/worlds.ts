/** Runs a policy's answers in both worlds: its bundle as plain JavaScript in Node, and as a compiled module. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { LogLevel, Status } from "../../src/abi/constants.js";
import type { Hostcalls } from "../../src/abi/port.js";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { bundlePolicy } from "../../src/compiler/bundle.js";
import { evaluateBundle } from "../../src/host/native/evaluate-bundle.js";
import { findFreshBy } from "../../src/host/native/find-fresh.js";
import { jwsFunctions } from "../../src/host/native/jws/jws-functions.js";
import { startModule } from "../support/module-host.js";

export interface World {
  readonly name: "node" | "module";
  /** The body with which a new instance of the policy, or the same one again, answers a request for `path`. */
  ask(path: string): Promise<string>;
  readonly log: readonly string[];
}

const root = 1;
const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

/** Calls `use` with the file of a policy with this source, among the project's own for its packages' sake. */
export async function withPolicyFile<T>(source: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-web-apis-"));
  try {
    const file = join(folder, "policy.ts");
    await writeFile(file, source);
    return await use(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A policy from its source, in both worlds. */
export function bothWorlds(source: string): Promise<World[]> {
  return withPolicyFile(source, (file) => Promise.all([inNode(file), inModule(file)]));
}

async function inNode(file: string): Promise<World> {
  const { code } = await bundlePolicy(file);
  const log: string[] = [];
  let headers: string[] = [];
  let answer: string | undefined;
  const host: Partial<Hostcalls> = {
    log: (_level, message) => void log.push(message),
    getLogLevel: () => LogLevel.Trace,
    getCurrentTimeMilliseconds: () => Date.now(),
    setTickPeriodMilliseconds: () => Status.Ok,
    setEffectiveContext: () => Status.Ok,
    getHeaderMapPairs: () => headers,
    getHeaderMapValue: (_map, name) => headers[headers.indexOf(name) + 1],
    getBufferBytes: () => undefined,
    getProperty: () => undefined,
    continueStream: () => Status.Ok,
    sendLocalResponse: (_status, _details, body) => {
      answer = new TextDecoder().decode(body);
      return Status.Ok;
    },
  };
  const guest = evaluateBundle(code, file).createGuest(host as Hostcalls, {
    jwsFunctions,
    findFresh: findFreshBy(() => Date.now()),
  });
  guest.onContextCreate(root, 0);
  guest.onVmStart(root, 0);
  guest.onConfigure(root, 0);
  return {
    name: "node",
    log,
    ask: asking(
      (context, path) => {
        headers = head(path).flat();
        answer = undefined;
        guest.onContextCreate(context, root);
        guest.onRequestHeaders(context, headers.length / 2, true);
      },
      () => {
        guest.onTick(root);
      },
      () => answer,
    ),
  };
}

async function inModule(file: string): Promise<World> {
  const host = await startModule((await compilePolicy(file, { cacheDir })).wasm);
  const call = (name: string, ...args: number[]): unknown => host.exports[name]!(...args);
  call("proxy_on_vm_start", root, 0);
  // A whole area's tests may take their time at once.
  host.buffer = Buffer.from(JSON.stringify({ config: {}, sluice: { limits: { callbackMilliseconds: 60_000 } } }));
  call("proxy_on_configure", root, host.buffer.length);
  host.buffer = new Uint8Array(0);
  return {
    name: "module",
    log: host.log,
    ask: asking(
      (context, path) => {
        host.headers = head(path);
        host.calls.length = 0;
        call("proxy_on_context_create", context, root);
        call("proxy_on_request_headers", context, host.headers.length, 1);
      },
      () => void call("proxy_on_tick", root),
      () => {
        const sent = host.calls.find(({ name }) => name === "proxy_send_local_response");
        return sent && Buffer.from(sent.args[2] as string, "latin1").toString();
      },
    ),
  };
}

/** Ticks, with the clock of the machine, until there is an answer; the test's own limit ends a wait for one that never comes. */
function asking(begin: (context: number, path: string) => void, tick: () => void, answer: () => string | undefined) {
  let context = root;
  return async (path: string): Promise<string> => {
    begin(++context, path);
    for (;;) {
      const body = answer();
      if (body !== undefined) {
        return body;
      }
      await setImmediate();
      tick();
    }
  };
}

function head(path: string): [string, string][] {
  return [
    [":method", "GET"],
    [":scheme", "http"],
    [":authority", "policy.test"],
    [":path", path],
  ];
}
