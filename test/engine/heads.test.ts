/** The engine's own functions for heads do what the guest's do: both are given the same operations, and told apart by nothing. */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { Status } from "../../src/abi/constants.js";
import type { Hostcalls } from "../../src/abi/port.js";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { createPolicyBundle } from "../../src/guest/entry.js";
import { type ModuleHost, startModule } from "../support/module-host.js";
import policy from "./policies/head-operations.js";

const file = fileURLToPath(new URL("./policies/head-operations.ts", import.meta.url));
const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const SEQUENCES = 300;
const MOST_OPERATIONS = 12;

type Pairs = (readonly [name: string, value: string])[];
type Operation = readonly [of: "head" | "headers", member: string, ...values: unknown[]];
/** What came of the operations, and what the host was asked to do, in order. */
type Outcome = readonly [log: string[], edits: (readonly (string | number)[])[]];

/** Runs an exchange of these heads. */
type Engine = (id: number, request: Pairs, response: Pairs) => Outcome;

let module: ModuleHost;
beforeAll(async () => {
  const { wasm } = await compilePolicy(file, { cacheDir });
  module = await startModule(wasm);
  module.buffer = Buffer.from("{}");
  // However slow the machine is, none of these filters runs too long.
  module.clock = () => 1n;
  module.exports["proxy_on_vm_start"]!(1, 0);
  expect(module.exports["proxy_on_configure"]!(1, 2)).toBe(1);
}, 300_000);

const compiled: Engine = (id, request, response) => {
  module.calls.length = 0;
  module.log.length = 0;
  module.headers = [...request] as ModuleHost["headers"];
  module.exports["proxy_on_context_create"]!(id, 1);
  module.exports["proxy_on_request_headers"]!(id, request.length, 1);
  module.headers = [...response] as ModuleHost["headers"];
  module.exports["proxy_on_response_headers"]!(id, response.length, 1);
  module.exports["proxy_on_done"]!(id);
  return [messages(module.log), module.calls.map(({ name, args }) => [name.replace("proxy_", ""), ...args])];
};

function inNode(): Engine {
  let headers: Pairs = [];
  let log: string[] = [];
  let edits: (readonly (string | number)[])[] = [];
  const edit =
    (name: string) =>
    (...args: (string | number)[]) => {
      edits.push([name, ...args]);
      return Status.Ok;
    };
  const host: Partial<Hostcalls> = {
    log: (_level, message) => void log.push(message),
    getLogLevel: () => 0,
    setEffectiveContext: () => Status.Ok,
    getBufferBytes: () => Buffer.from("{}"),
    getProperty: () => undefined,
    getCurrentTimeMilliseconds: () => 0,
    setTickPeriodMilliseconds: () => Status.Ok,
    getHeaderMapPairs: () => headers.flat(),
    getHeaderMapValue: (_map, name) => headers.find(([known]) => known === name.toLowerCase())?.[1],
    replaceHeaderMapValue: edit("replace_header_map_value"),
    addHeaderMapValue: edit("add_header_map_value"),
    removeHeaderMapValue: edit("remove_header_map_value"),
  };
  const uses = { setBody: false, transform: false, properties: false, request: false };
  const guest = createPolicyBundle(policy, uses).createGuest(host as Hostcalls);
  guest.onContextCreate(1, 0);
  expect(guest.onConfigure(1, 2)).toBe(true);
  return (id, request, response) => {
    log = [];
    edits = [];
    headers = request;
    guest.onContextCreate(id, 1);
    guest.onRequestHeaders(id, request.length, true);
    headers = response;
    guest.onResponseHeaders(id, response.length, true);
    guest.onDone(id);
    return [messages(log), edits];
  };
}

const messages = (log: readonly string[]) => log.map((line) => (JSON.parse(line) as { msg: string }).msg);

/** Numbers from 0 to below `below`, the same in each run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const names: readonly unknown[] = [
  ...["x-a", "X-A", "x-b", "cookie", "set-cookie", "~odd!#$%&'*+-.^_`|", "x".repeat(64), "x".repeat(65)],
  ...["host", "Content-Length", "te", "Trailer", "connection", "Upgrade", "transfer-encoding", "expect", "keep-alive"],
  ...["", "bad name", "bad\n", ":path", ":status", "é", "x€", 5, null],
];
const values: readonly unknown[] = [
  ...["", "1", "a, b", "a\tb", "é\u00ff", "v".repeat(5_000), " padded "],
  ...["a\nb", "a\rb", "a\0b", "\u007f", "\u0080", "€", 5, null, {}],
];
const requestMembers: readonly Operation[] = [
  ["headers", "entries"],
  ["head", "path"],
  ["head", "path", "/other?x=1"],
  ...["*", "/", "", "/a b", "/\u00e9", "/\u007f", "/€", `/${"p".repeat(5_000)}`, 5, null].map(
    (path): Operation => ["head", "path", path],
  ),
  ["head", "path", "not a path"],
  ...["GET", "HEAD", "head", "CONNECT", "PURGE", "bad method", "", 5].map(
    (method): Operation => ["head", "method", method],
  ),
  ["head", "pathname"],
  ["head", "method"],
  ["head", "method", "PUT"],
  ["head", "authority"],
  ["head", "scheme"],
];
const responseMembers: readonly Operation[] = [
  ["headers", "entries"],
  ["head", "status"],
  ["head", "status", 404],
  ...[99, 199, 200, 204, 205, 304, 599, 600, 404.5, -200, Number.NaN, "404", null].map(
    (status): Operation => ["head", "status", status],
  ),
];

function operations(random: (below: number) => number, members: readonly Operation[]): Operation[] {
  return Array.from({ length: 1 + random(MOST_OPERATIONS) }, (): Operation => {
    // Few names, so that they meet.
    const name = names[random(2) === 0 ? random(4) : random(names.length)];
    const value = values[random(2) === 0 ? random(4) : random(values.length)];
    switch (random(8)) {
      case 0:
      case 1:
        return ["headers", "set", name, value];
      case 2:
        return ["headers", "append", name, value];
      case 3:
        return ["headers", "delete", name];
      case 4:
        return ["headers", "has", name];
      case 5:
        return ["headers", "get", name];
      case 6:
        return ["headers", "getAll", name];
      default:
        return members[random(members.length)]!;
    }
  });
}

const repeated: Pairs = [
  ["x-a", "1"],
  ["x-b", ""],
  ["x-a", "2"],
  ["cookie", "a=1"],
  ["cookie", "b=2"],
  ["connection", "close"],
];

it(`${SEQUENCES} sequences of reads and edits come out the same in a module and in Node`, () => {
  const node = inNode();
  for (let sequence = 0; sequence < SEQUENCES; sequence++) {
    const random = createRandom(sequence);
    const [request, response] = [operations(random, requestMembers), operations(random, responseMembers)];
    const head = (list: readonly Operation[], pseudo: Pairs): Pairs => [
      ...pseudo,
      // In a head all is a byte a char; JSON can say the rest.
      [
        "x-operations",
        JSON.stringify(list).replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`),
      ],
      ...(random(2) === 0 ? repeated : []),
    ];
    const heads = [
      head(request, [
        [":method", "GET"],
        [":path", "/a?b"],
        [":authority", "example.com"],
        [":scheme", "http"],
      ]),
      head(response, [[":status", "200"]]),
    ] as const;
    expect(compiled(100 + sequence, ...heads), JSON.stringify([request, response])).toEqual(
      node(100 + sequence, ...heads),
    );
  }
});
