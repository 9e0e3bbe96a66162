/**
 * One instance of a module, many exchanges: what an exchange needs is free again after it. The whole run is
 *
 *   LEAK_EXCHANGES=1000000 npx vitest run test/engine/leak.test.ts
 */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { type ModuleHost, startModule } from "../support/module-host.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const exchanges = Number(process.env["LEAK_EXCHANGES"] ?? 7_000);
const millisecondsPerExchange = 20;
/** Long enough for every table to have its size. */
const warmUp = 700;
/** Long enough for the heap to reach the size at which garbage in cycles is collected. */
const untilCollected = 28_000;
const ROOT = 1;
const body = Buffer.from("some body, ".repeat(400));

/** How an exchange ends, and the statuses with which the policy answers it. */
type Kinds = Record<
  string,
  { headers: [string, string][]; answers: number[]; drive: (host: ModuleHost, id: number) => void }
>;

/** Of a policy whose filter only looks at the head. */
const plain: Kinds = Object.fromEntries(
  [
    ["lets pass", "x-pass", []],
    ["denies", "x-deny", [403]],
    ["throws", "x-throw", [500]],
    ["edits", "x-edit", []],
    ["logs", "x-log", []],
    ["leaves a promise", "x-later", []],
  ].map(
    ([name, header, answers]) =>
      [
        name,
        {
          headers: [[header, "1"]],
          answers,
          drive: (host, id) => {
            request(host, id, true);
            respond(host, id);
          },
        },
      ] as [string, Kinds[string]],
  ),
);

const varied: Kinds = {
  "lets pass": {
    headers: [],
    answers: [],
    drive: (host, id) => {
      request(host, id, true);
      respond(host, id);
    },
  },
  denies: {
    headers: [["x-do", "deny"]],
    answers: [403],
    drive: (host, id) => {
      request(host, id, true);
      respond(host, id);
    },
  },
  throws: {
    headers: [["x-do", "throw"]],
    answers: [500],
    drive: (host, id) => {
      request(host, id, true);
      respond(host, id);
    },
  },
  "gathers a body": {
    headers: [
      ["x-do", "gather"],
      ["content-length", String(body.length)],
    ],
    answers: [],
    drive: (host, id) => {
      request(host, id, false);
      send(host, id, 3);
      respond(host, id);
    },
  },
  "streams a body": {
    headers: [
      ["x-do", "stream"],
      ["content-length", String(body.length)],
    ],
    answers: [],
    drive: (host, id) => {
      request(host, id, false);
      send(host, id, 3);
      respond(host, id);
    },
  },
  "is cancelled while it gathers": {
    headers: [
      ["x-do", "gather"],
      ["content-length", String(body.length * 2)],
    ],
    answers: [],
    drive: (host, id) => {
      request(host, id, false);
      send(host, id, 1);
    },
  },
  "is cancelled while it streams": {
    headers: [
      ["x-do", "stream"],
      ["content-length", String(body.length * 2)],
    ],
    answers: [],
    drive: (host, id) => {
      request(host, id, false);
      send(host, id, 1);
    },
  },
};

describe.each(Object.entries({ plain, varied }))("one instance of a module of a %s policy", (name, kinds) => {
  let host: ModuleHost;
  beforeAll(async () => {
    const file = fileURLToPath(new URL(`./policies/${name}.ts`, import.meta.url));
    host = await startModule((await compilePolicy(file, { cacheDir })).wasm);
    host.buffer = Buffer.from(JSON.stringify({ config: {}, sluice: { name } }));
    expect(host.exports["proxy_on_vm_start"]!(ROOT, 0)).toBe(1);
    expect(host.exports["proxy_on_configure"]!(ROOT, host.buffer.length)).toBe(1);
  }, 300_000);

  it(
    `has the memory after ${exchanges} exchanges that it had before`,
    () => {
      run(host, kinds, 2, warmUp);
      fillMemory(host);
      // What exchanges need while they are open is missing now, and so is room for garbage in cycles until it is collected: memory
      // grows by that once.
      run(host, kinds, 2 + warmUp, untilCollected);
      const before = host.memoryBytes;
      run(host, kinds, 2 + warmUp + untilCollected, exchanges);
      expect(host.memoryBytes - before).toBe(0);
    },
    60_000 + (untilCollected + exchanges) * millisecondsPerExchange,
  );
});

/** Takes all memory that is free, so that a leak of a few bytes an exchange makes the memory grow and finds no gap to hide in. */
function fillMemory(host: ModuleHost): void {
  const before = host.memoryBytes;
  while (host.memoryBytes === before) {
    host.exports["proxy_on_memory_allocate"]!(1_024);
  }
}

/** Exchanges of all kinds in turn, a few open at a time. */
function run(host: ModuleHost, kinds: Kinds, firstId: number, count: number): void {
  const all = Object.entries(kinds);
  const open: number[] = [];
  for (let id = firstId; id < firstId + count; id++) {
    const [name, { headers, answers, drive }] = all[id % all.length]!;
    host.headers = [[":method", "POST"], [":path", `/${id}`], [":status", "200"], ...headers];
    drive(host, id);
    const statuses = host.calls.filter((call) => call.name === "proxy_send_local_response").map(({ args }) => args[0]);
    if (String(statuses) !== String(answers)) {
      throw new Error(`An exchange that ${name} was answered with ${String(statuses)}.`);
    }
    // Kept, they would be a leak of the test's own.
    host.calls.length = 0;
    host.log.length = 0;
    open.push(id);
    if (open.length > 8) {
      end(host, open.shift()!);
    }
  }
  for (const id of open) {
    end(host, id);
  }
}

function request(host: ModuleHost, id: number, endOfStream: boolean): void {
  host.exports["proxy_on_context_create"]!(id, ROOT);
  host.exports["proxy_on_request_headers"]!(id, host.headers.length, Number(endOfStream));
}

/** The body in `chunks` parts, of which the last is the end; one part is a body that goes on. */
function send(host: ModuleHost, id: number, chunks: number): void {
  for (let chunk = 1; chunk <= chunks; chunk++) {
    host.buffer = body.subarray(0, Math.floor((body.length * chunk) / chunks));
    host.exports["proxy_on_request_body"]!(id, host.buffer.length, Number(chunks > 1 && chunk === chunks));
  }
}

function respond(host: ModuleHost, id: number): void {
  // A module exports what its guest has a use for.
  host.exports["proxy_on_response_headers"]!(id, host.headers.length, 0);
  host.buffer = body;
  host.exports["proxy_on_response_body"]?.(id, body.length, 1);
}

function end(host: ModuleHost, id: number): void {
  host.exports["proxy_on_log"]?.(id);
  host.exports["proxy_on_done"]!(id);
}
