/**
 * Chains of policies in Envoy, which has one body buffer for all filters of a direction: every mix of what policies do with a body, in
 * every form that a body can have, and what comes out at the other end byte for byte.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { PolicyUse } from "../../src/config/types.js";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { configOf, use } from "./support/config.js";
import {
  type BodyForm,
  exchange,
  exchange2,
  type PacedUpstream,
  type Received,
  startPacedUpstream,
} from "./support/paced-exchange.js";
import { startConfig } from "./support/policies-in-envoy.js";

type Todo = Record<string, unknown>;

const kinds: Readonly<Record<string, { todo: Todo | undefined; changes: boolean; partialRequests?: "allow" }>> = {
  none: { todo: undefined, changes: false },
  ask: { todo: { does: "ask", wait: 15 }, changes: false },
  gather: { todo: { does: "gather", wait: 40 }, changes: true },
  "gather-allow": { todo: { does: "gather", wait: 40 }, changes: true, partialRequests: "allow" },
  read: { todo: { does: "read", wait: 30 }, changes: false },
  "read-at-once": { todo: { does: "read", decides: 20 }, changes: false },
  transform: { todo: { does: "transform", wait: 35 }, changes: true },
  "transform-at-once": { todo: { does: "transform", decides: 20 }, changes: true },
};

/** The head stays while the body comes. */
const late: typeof kinds = {
  "late-read": { todo: { does: "read", first: 30, wait: 20 }, changes: false },
  "late-transform": { todo: { does: "transform", first: 30, wait: 20 }, changes: true },
  "late-transform-at-once": { todo: { does: "transform", first: 30 }, changes: true },
};

const members = { ...kinds, ...late };
const names = Object.keys(kinds);
const pairs = names.flatMap((first) => names.map((second) => [first, second]));
const triples = [
  ["transform", "transform", "transform"],
  ["transform", "read", "ask"],
  ["read", "transform", "gather"],
  ["gather-allow", "transform", "read"],
  ["transform-at-once", "ask", "transform"],
  ["read", "read", "ask"],
  ["ask", "read", "transform"],
  ["transform", "none", "read"],
];
const lateChains = Object.keys(late).flatMap((name) => [
  [name],
  [name, "ask"],
  [name, "transform"],
  ["read", name],
  ["transform", name],
  ["late-transform", name],
]);
const chains = [...pairs, ...triples, ...lateChains];

const forms: Readonly<Record<string, BodyForm>> = {
  "one piece, with its length": { pieces: ["abc def"], gap: 0, length: true, trailers: false },
  "one piece, chunked": { pieces: ["abc def"], gap: 0, length: false, trailers: false },
  "pieces, with their length": { pieces: ["ab", "c d", "ef"], gap: 22, length: true, trailers: false },
  "pieces, chunked": { pieces: ["ab", "c d", "ef"], gap: 22, length: false, trailers: false },
  "one piece, then trailers": { pieces: ["abc def"], gap: 0, length: false, trailers: true },
  "pieces, then trailers": { pieces: ["ab", "c d", "ef"], gap: 22, length: false, trailers: true },
};

const pathOf = (chain: readonly string[]): string => `/${chain.join("/")}`;
const answered = new Map<string, BodyForm>();
let upstream: PacedUpstream;
let envoy: RunningEnvoy;
/** The same, whose chains are one filter each, so that none of this is Envoy's. */
let oneFilter: RunningEnvoy;
/** The same as the first, whose policies do not know that all filters are of their kit. */
let amongStrangers: RunningEnvoy;
/** The same, where no head can be held until its body is there. */
let notHolding: RunningEnvoy;

beforeAll(async () => {
  upstream = await startPacedUpstream((path) => answered.get(path)!);
  const config = configOf(
    { api: `http://127.0.0.1:${upstream.port}` },
    chains.map((chain) => ({
      name: chain.join("."),
      match: { pathPrefix: `${pathOf(chain)}/-` },
      policies: policies(chain),
    })),
  );
  const listener = { ...config.listener, requestTrailers: "pass" as const };
  const whole = { ...config, listener };
  envoy = await startConfig(whole);
  oneFilter = await startConfig(whole, { oneFilter: true });
  amongStrangers = await startConfig(whole, { strangers: true });
  notHolding = await startConfig(whole, { strangers: true, holds: false });
});

afterAll(async () => {
  await envoy?.close();
  await oneFilter?.close();
  await amongStrangers?.close();
  await notHolding?.close();
  await upstream?.close();
});

/** The same in both directions; neighbours are in different VMs. */
function policies(chain: readonly string[]): PolicyUse[] {
  return chain.map((name, index) => {
    const { todo, partialRequests } = members[name]!;
    return use(`policies/chain/${index % 2 === 0 ? "member" : "other-member"}.ts`, {
      name: `member-${index}`,
      config: todo === undefined ? {} : { request: todo, response: todo },
      ...(partialRequests && { partialRequests }),
    });
  });
}

/** What a body becomes that passes all members once. */
function changed(text: string, chain: readonly string[]): string {
  const times = chain.filter((name) => members[name]!.changes).length;
  return Buffer.from(Buffer.from(text).map((byte) => byte + times)).toString();
}

async function run(chain: readonly string[], name: string, over: typeof exchange, port: number): Promise<string[]> {
  const form = forms[name]!;
  const path = `${pathOf(chain)}/-/${port}/${over.name}/${encodeURIComponent(name)}`;
  answered.set(path, form);
  const response = await over(port, path, form);
  const request = (await upstream.seen.get(path)) ?? { state: "none", body: "" };
  const wanted: Received = {
    state: "complete",
    body: changed(form.pieces.join(""), chain),
    trailer: form.trailers ? "yes" : undefined,
  };
  return [
    ...difference(`${chain.join(" + ")}, request`, request, wanted),
    ...difference(`${chain.join(" + ")}, response`, response, { ...wanted, status: 200 }),
  ];
}

function difference(what: string, got: Received, wanted: Received): string[] {
  const text = ({ state, status = 0, body, trailer = "" }: Received) => `${state} ${status} "${body}" ${trailer}`;
  return text(got) === text(wanted) ? [] : [`${what}: ${text(got)} instead of ${text(wanted)}`];
}

/** Some at a time. */
async function all(over: typeof exchange, name: string, port = envoy.port, which = chains): Promise<string[]> {
  const wrong: string[] = [];
  // What has come while a head was kept can no longer be changed when trailers follow.
  const left = which.filter(
    (chain) => !forms[name]!.trailers || !chain.some((kind) => kind.startsWith("late-transform")),
  );
  const worker = async () => {
    for (let chain = left.pop(); chain !== undefined; chain = left.pop()) {
      wrong.push(...(await run(chain, name, over, port)));
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return wrong.sort();
}

for (const name of Object.keys(forms)) {
  it(`requests and responses pass every chain right: ${name}`, async () => {
    expect(await all(exchange, name)).toEqual([]);
  });

  it(`requests and responses pass every chain right that is one filter: ${name}`, async () => {
    expect(await all(exchange, name, oneFilter.port)).toEqual([]);
  });
}

for (const name of ["pieces, chunked", "pieces, then trailers"]) {
  it(`requests and responses pass every chain right over HTTP/2: ${name}`, async () => {
    expect(await all(exchange2, name)).toEqual([]);
  });

  it(`requests and responses pass every chain right over HTTP/2 that is one filter: ${name}`, async () => {
    expect(await all(exchange2, name, oneFilter.port)).toEqual([]);
  });
}

for (const name of ["one piece, chunked", "pieces, with their length", "pieces, then trailers"]) {
  it(`requests and responses pass every chain right where others may be in it: ${name}`, async () => {
    expect(await all(exchange, name, amongStrangers.port)).toEqual([]);
  });
}

for (const name of ["one piece, chunked", "pieces, with their length", "pieces, then trailers"]) {
  it(`requests and responses pass every chain that gathers nothing right where no head can be held: ${name}`, async () => {
    const which = chains.filter((chain) => !chain.some((kind) => kind.startsWith("gather")));
    expect(await all(exchange, name, notHolding.port, which)).toEqual([]);
  });
}
