/** Whom both engines believe about where a request comes from. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { type AccessEntry, type Gateway, startGateway } from "../../src/gateway/index.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

const made = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;
const peer = "127.0.0.1:<port>";
const said = {
  "x-forwarded-for": "192.0.2.1, 192.0.2.2",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "evil.example",
  "x-forwarded-port": "1",
  "x-forwarded-prefix": "/evil",
  "x-forwarded-server": "evil",
  forwarded: "for=192.0.2.3;proto=https",
  "x-real-ip": "192.0.2.4",
};
const direct = { "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" };
const kept = { ...said, "x-forwarded-for": "192.0.2.1, 192.0.2.2,127.0.0.1" };

interface Row {
  what: string;
  hops: number;
  sent: Record<string, string | string[]>;
  /** Of the fields this is about, what upstreams get. */
  seen: Record<string, string>;
  /** That policies and the access log tell. */
  client: string;
}

const rows: Row[] = [
  { what: "says nothing", hops: 0, sent: {}, seen: direct, client: peer },
  { what: "says where it comes from, and is not believed", hops: 0, sent: said, seen: direct, client: peer },
  { what: "says nothing to a gateway that would believe", hops: 1, sent: {}, seen: direct, client: peer },
  { what: "is believed", hops: 1, sent: said, seen: kept, client: "192.0.2.2:0" },
  { what: "is believed as two proxies", hops: 2, sent: said, seen: kept, client: "192.0.2.1:0" },
  { what: "has fewer entries than there should be proxies", hops: 3, sent: said, seen: kept, client: peer },
  {
    what: "has an IPv6 address",
    hops: 1,
    sent: { "x-forwarded-for": "2001:db8::7" },
    seen: { ...direct, "x-forwarded-for": "2001:db8::7,127.0.0.1" },
    client: "[2001:db8::7]:0",
  },
  {
    what: "has entries in several fields",
    hops: 2,
    sent: { "x-forwarded-for": ["192.0.2.1", "192.0.2.2"] },
    seen: { ...direct, "x-forwarded-for": "192.0.2.1,192.0.2.2,127.0.0.1" },
    client: "192.0.2.1:0",
  },
  {
    what: "has an entry that is no address",
    hops: 1,
    sent: { "x-forwarded-for": "192.0.2.1, unknown" },
    seen: { ...direct, "x-forwarded-for": "192.0.2.1, unknown,127.0.0.1" },
    client: peer,
  },
  ...[0, 1].map((hops) => ({
    what: "would direct Envoy",
    hops,
    sent: { "x-envoy-retry-on": "5xx", "x-envoy-anything": "1", "x-envoy-upstream-rq-timeout-ms": "1" },
    seen: direct,
    client: peer,
  })),
];

const ids: [given: string | string[] | undefined, kept: boolean][] = [
  ["given", true],
  ["A-z_0.9", true],
  ["a".repeat(128), true],
  ["a".repeat(129), false],
  ["two words", false],
  ["a;b", false],
  ["a\x9bb", false],
  ["", false],
  [["a", "b"], false],
  [undefined, false],
];

const about = /^(x-forwarded-.*|x-envoy-.*|forwarded|x-real-ip)$/;

let upstream: UpstreamServer;
const engines: { name: string; hops: number; port: number; entries: Pick<AccessEntry, "clientAddress">[] }[] = [];
const opened: (Gateway | RunningEnvoy)[] = [];

beforeAll(async () => {
  upstream = await startUpstream();
  for (const hops of [0, 1, 2, 3]) {
    const plain = configOf({ api: `http://127.0.0.1:${upstream.port}` }, [
      { policies: [use("policies/tell-client.ts")] },
    ]);
    const config = { ...plain, listener: { ...plain.listener, trustedHops: hops } };
    const entries: AccessEntry[] = [];
    const gateway = await startGateway(config, { accessLog: (entry) => entries.push(entry) });
    opened.push(gateway);
    engines.push({ name: "the gateway", hops, port: gateway.port, entries });
    const lines: AccessEntry[] = [];
    const envoy = await startConfig(config, { onAccess: (line) => lines.push(JSON.parse(line) as AccessEntry) });
    opened.push(envoy);
    engines.push({ name: "Envoy", hops, port: envoy.port, entries: lines });
  }
}, 300_000);

afterAll(async () => {
  await Promise.all(opened.map((engine) => engine.close()));
  await upstream?.close();
});

function engineOf(name: string, hops: number) {
  const engine = engines.find((each) => each.name === name && each.hops === hops);
  if (engine === undefined) {
    throw new Error(`there is no ${name} with ${hops} hops`);
  }
  return engine;
}

async function headersSeen(port: number, headers: Record<string, string | string[]>) {
  const before = upstream.seen.length;
  expect((await send(port, { headers })).status).toBe(200);
  return upstream.seen[before]!.headers;
}

const withoutPort = (address: unknown) => String(address).replace(/^(127\.0\.0\.1):[1-9]\d*$/, "$1:<port>");

describe.each(["the gateway", "Envoy"])("%s", (name) => {
  it.each(rows)("behind $hops trusted proxies, of a client that $what", async ({ hops, sent, seen, client }) => {
    const { port, entries } = engineOf(name, hops);
    const logged = entries.length;
    const headers = await headersSeen(port, sent);
    expect(Object.fromEntries(Object.entries(headers).filter(([field]) => about.test(field)))).toEqual(seen);
    expect(withoutPort(headers["told-address"])).toBe(client);
    expect(headers["told-scheme"]).toBe(seen["x-forwarded-proto"]);
    await expect.poll(() => withoutPort(entries[logged]?.clientAddress)).toBe(client);
  });

  it.each(ids)("keeps ids of requests that do no harm, and makes others: %j", async (given, isKept) => {
    const { port } = engineOf(name, 0);
    const headers = await headersSeen(port, given === undefined ? {} : { "x-request-id": given });
    const expected: unknown = isKept ? given : expect.stringMatching(made);
    expect(headers["x-request-id"]).toEqual(expected);
    expect(headers["told-id"]).toBe(headers["x-request-id"]);
    expect(headers).not.toHaveProperty("x-sluice-request-id");
  });
});
