/** A filter of Envoy's own behind policies that keep bodies: one that delays each request, as those do that ask another service. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { configOf, use } from "./support/config.js";
import { type BodyForm, exchange, type PacedUpstream, startPacedUpstream } from "./support/paced-exchange.js";
import { startConfig } from "./support/policies-in-envoy.js";

const whole: BodyForm = { pieces: ["abc def"], gap: 0, length: false, trailers: false };
const pieces: BodyForm = { pieces: ["ab", "c d", "ef"], gap: 15, length: false, trailers: false };
const fixedDelay = "0.04s";

let upstream: PacedUpstream;
let envoy: RunningEnvoy;
const lines: string[] = [];

beforeAll(async () => {
  upstream = await startPacedUpstream(() => whole);
  const member = (name: string, request: object) => ({
    name,
    match: { pathPrefix: `/${name}` },
    policies: [use("policies/chain/member.ts", { name, config: { request } })],
  });
  const config = configOf({ api: `http://127.0.0.1:${upstream.port}` }, [
    member("slower", { does: "transform", decides: 150 }),
    member("slower-reader", { does: "read", decides: 150 }),
    member("allowing", { does: "transform", decides: 150 }),
    member("faster", { does: "transform", wait: 1 }),
    member("faster-reader", { does: "read", wait: 1 }),
  ]);
  const [, , allowing] = config.routes;
  allowing!.policies = allowing!.policies.map((policy) => ({ ...policy, onError: "allow" }));
  envoy = await startConfig(config, {
    onLine: (line) => lines.push(line.policy?.line ?? line.message),
    strangers: true,
    behind: {
      name: "envoy.filters.http.fault",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
        delay: { fixed_delay: fixedDelay, percentage: { numerator: 100 } },
      },
    },
  });
});

beforeEach(() => {
  lines.length = 0;
});

afterAll(async () => {
  await envoy?.close();
  await upstream?.close();
});

it.each(["slower", "slower-reader", "allowing"])(
  "a request that goes on without the body which a policy still keeps fails, and the log says why: %s",
  async (name) => {
    const response = await exchange(envoy.port, `/${name}/`, whole);
    expect(response.state === "complete" && response.status === 200, JSON.stringify(response)).toBe(false);
    expect((await upstream.seen.get(`/${name}/`))?.body ?? "").toBe("");
    await expect.poll(() => lines.join("\n")).toContain("BODY_BYPASSED");
  },
);

it.each([
  ["faster", "bcd!efg"],
  ["faster-reader", "abc def"],
])(
  "what a policy lets go while the other filter holds the head reaches the upstream whole and once: %s",
  async (name, body) => {
    for (const form of [whole, pieces, { ...pieces, length: true }]) {
      expect(await exchange(envoy.port, `/${name}/`, form)).toMatchObject({ state: "complete", status: 200 });
      expect(await upstream.seen.get(`/${name}/`)).toMatchObject({ state: "complete", body });
    }
    expect(lines.join("\n")).not.toContain("BODY_BYPASSED");
  },
);
