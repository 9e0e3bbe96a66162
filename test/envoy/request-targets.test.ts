/** What the embedded gateway and Envoy make of the same request targets and hosts: what reaches the upstream must be the same bytes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusals } from "../../src/envoy/routes.js";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { type Gateway, startGateway } from "../../src/gateway/index.js";
import { configOf } from "./support/config.js";
import { type LineUpstream, startLineUpstream } from "./support/line-upstream.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { exchangeAll, type RawAnswer } from "./support/raw-exchanges.js";
import { handPickedTargets, madeTargets } from "./support/targets.js";

/** Requests of which the engines make different things, with the reason; `docs/fidelity.md` tells them, too. */
const differences: readonly { request: string; gateway: string; envoy: string; why: string }[] = [
  {
    request: get("http://h.test?x"),
    gateway: "GET /?x HTTP/1.1 | h.test",
    envoy: "404",
    why: "Envoy takes what follows the host for the path: it begins with no slash",
  },
  {
    request: get("https://h.test/a"),
    gateway: "GET /a HTTP/1.1 | h.test",
    envoy: "403",
    why: "Envoy takes no https target on a connection without TLS",
  },
  {
    request: get("http://user:word@h.test/a"),
    gateway: "400",
    envoy: "GET /a HTTP/1.1 | h.test",
    why: "Envoy's parser takes the user off before anything can see it",
  },
  {
    request: "OPTIONS * HTTP/1.1\r\nhost: h.test\r\n\r\n",
    gateway: "OPTIONS * HTTP/1.1 | h.test",
    envoy: "404",
    why: "No route of Envoy matches it",
  },
  { request: get("h.test:80", "h.test", "CONNECT"), gateway: "501", envoy: "404", why: "No route of Envoy matches it" },
  {
    request: "GET /a HTTP/1.0\r\n\r\n",
    gateway: "404",
    envoy: "400",
    why: "Envoy wants a Host in HTTP/1.0, too; for the gateway it is the address, which has no route here",
  },
];

const boundHosts = ["bound.test", "*.bound.test", "[::1]"];

/** Hosts, and what they come to: 400, 404 or the route's host. */
const hosts: readonly (readonly [host: string, outcome: number])[] = [
  ["bound.test", 200],
  ["BOUND.test", 200],
  ["bound.test.", 200],
  ["BOUND.test.:80", 200],
  ["bound.test:0", 200],
  ["bound.test:65535", 200],
  ["a.bound.test", 200],
  ["a.b.bound.test.", 200],
  ["a_b.bound.test", 200],
  ["-.bound.test", 200],
  ["[::1]", 200],
  ["[::1]:8080", 200],
  ["other.test", 404],
  ["xbound.test", 404],
  ["bound.test.other", 404],
  ["[::2]", 404],
  ["[::ffff:127.0.0.1]", 404],
  ["127.0.0.1", 404],
  ["bound.test..", 400],
  ["bound.test...", 400],
  ["bound.test..:80", 400],
  [".bound.test", 400],
  ["..bound.test", 400],
  ["a..bound.test", 400],
  ["a.bound.test..", 400],
  ["bound..test", 400],
  [".", 400],
  ["..", 400],
  ["", 400],
  [":80", 400],
  ["bound.test:", 400],
  ["bound.test:65536", 400],
  ["bound.test:99999", 400],
  ["bound.test:999999", 400],
  ["bound.test:+80", 400],
  ["bound.test:8a", 400],
  ["bound.test:80:80", 400],
  ["user@bound.test", 400],
  ["user:word@bound.test", 400],
  ["bound.test@other", 400],
  ["bound.test,other", 400],
  ["bound.test;other", 400],
  ["bound.test/a", 400],
  ["bound.test?a", 400],
  ["bound.test#a", 400],
  ["bound.test\\a", 400],
  ["bound%2etest", 400],
  ["b\xf6und.test", 400],
  ["*.bound.test", 400],
  ["*", 400],
  ["!.bound.test", 400],
  ["a b.bound.test", 400],
  ["[::1", 400],
  ["[::1]x", 400],
  ["[::1].", 400],
  ["[::1]:", 400],
  ["[]", 400],
  ["[:]", 400],
  ["[::g]", 400],
  ["[1.2.3.4]", 400],
  ["[fe80::1%25eth0]", 400],
  ["[v1.x]", 400],
  ["::1", 400],
];

let upstream: LineUpstream;
let gateway: Gateway;
let envoy: RunningEnvoy;
const gatewayAccess: { details: string; status: number }[] = [];
const envoyAccess: { route: string; status: number }[] = [];

beforeAll(async () => {
  upstream = await startLineUpstream();
  const config = configOf({ upstream: upstream.url }, [
    { match: { host: "h.test" } },
    ...boundHosts.map((host) => ({ match: { host } })),
  ]);
  gateway = await startGateway(config, { accessLog: (entry) => gatewayAccess.push(entry) });
  envoy = await startConfig(config, {
    onAccess: (line) => envoyAccess.push(JSON.parse(line) as (typeof envoyAccess)[number]),
  });
});

afterAll(async () => {
  await envoy?.close();
  await gateway?.close();
  await upstream?.close();
});

function get(target: string, host = "h.test", method = "GET"): string {
  return `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
}

/** What reached the upstream, or the status. */
const outcome = ({ status, body }: RawAnswer): string => (status === 200 ? body : String(status));

async function outcomes(port: number, requests: readonly string[]): Promise<string[]> {
  return (await exchangeAll(port, requests)).map(outcome);
}

describe("request targets in Envoy and the embedded gateway", () => {
  it.each([
    ["picked by hand", handPickedTargets()],
    ["made of a seed", madeTargets(1_000, 13)],
  ])("%s reach the upstream as the same bytes, or are refused with the same status", async (_how, targets) => {
    const requests = targets.map((target) => get(target));
    const expected = await outcomes(envoy.port, requests);
    const actual = await outcomes(gateway.port, requests);
    const pairs = (found: readonly string[]) => targets.map((target, index) => `${target} → ${found[index]!}`);
    expect(pairs(actual)).toEqual(pairs(expected));
    expect(new Set(targets).size).toBeGreaterThan(200);
  });

  it.each(differences.map((difference) => [difference.request.split("\r\n")[0]!, difference] as const))(
    "%s differs, for a known reason",
    async (_line, difference) => {
      const [[ours], [theirs]] = await Promise.all([
        outcomes(gateway.port, [difference.request]),
        outcomes(envoy.port, [difference.request]),
      ]);
      expect({ gateway: ours, envoy: theirs }).toEqual({
        gateway: difference.gateway,
        envoy: difference.envoy,
      });
    },
  );
});

describe("hosts in Envoy and the embedded gateway", () => {
  it("reach routes that are bound to a host, or are refused, alike", async () => {
    const requests = hosts.map(([host]) => get("/a", host));
    const expected = hosts.map(([host, status]) => [
      host,
      status === 200 ? `GET /a HTTP/1.1 | ${host}` : String(status),
    ]);
    for (const { port } of [gateway, envoy]) {
      const found = await outcomes(port, requests);
      expect(hosts.map(([host], index) => [host, found[index]])).toEqual(expected);
    }
  });

  it("of two fields are refused", async () => {
    const request = "GET /a HTTP/1.1\r\nhost: bound.test\r\nhost: bound.test\r\n\r\n";
    expect(await outcomes(gateway.port, [request])).toEqual(["400"]);
    expect(await outcomes(envoy.port, [request])).toEqual(["400"]);
  });
});

describe("refusals in Envoy", () => {
  it.each([
    ["/a/%2e%2e;/b", "h.test", "bad_path", refusals.badPath],
    ["//", "h.test", "bad_path", refusals.badPath],
    ["/a", "bound.test..", "bad_host", refusals.badHost],
    ["/a/%2e%2e;/b", "other.test", "bad_path", refusals.badPath],
  ])("of %s for %s are those of the embedded gateway, in the access log, too", async (target, host, details, route) => {
    const from = { gateway: gatewayAccess.length, envoy: envoyAccess.length };
    const shown = async (port: number) => {
      const [answer] = await exchangeAll(port, [get(target, host)]);
      return { status: answer!.status, type: answer!.headers["content-type"], body: answer!.body };
    };
    const expected = await shown(gateway.port);
    expect(expected.status).toBe(400);
    expect(await shown(envoy.port)).toEqual(expected);
    expect(gatewayAccess.slice(from.gateway)).toMatchObject([{ details, status: 400 }]);
    await expect
      .poll(() => envoyAccess.slice(from.envoy), { timeout: 10_000 })
      .toContainEqual(expect.objectContaining({ route, status: 400 }));
  });
});
