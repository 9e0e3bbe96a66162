/** What becomes of a message that one policy of a chain in Envoy refuses, or fails on, while others keep parts of it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PolicyUse } from "../../src/config/types.js";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { defaultLimits } from "../../src/host/exchange.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { type BodyForm, exchange, type PacedUpstream, startPacedUpstream } from "./support/paced-exchange.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

interface Member {
  does: "ask" | "gather" | "read" | "transform";
  wait?: number;
  decides?: number;
  allow?: true;
  end?: "deny" | "throw";
  onError?: "allow";
}

const others: readonly Member[] = [
  { does: "ask", wait: 15 },
  { does: "gather", wait: 15 },
  { does: "gather", wait: 40, allow: true },
  { does: "read", wait: 20 },
  { does: "transform", wait: 30 },
];
const culprits: readonly Member[] = [
  { does: "read", decides: 30, end: "deny" },
  { does: "read", wait: 30, end: "deny" },
  { does: "transform", decides: 30, end: "deny" },
  { does: "transform", wait: 30, end: "deny" },
  { does: "gather", wait: 30, allow: true, end: "deny" },
  { does: "read", wait: 30, end: "throw" },
  { does: "transform", wait: 30, end: "throw", onError: "allow" },
];
const mixes = culprits.flatMap((culprit) =>
  others.flatMap((other) => [
    [culprit, other],
    [other, culprit],
  ]),
);
const throws = ({ end }: Member): boolean => end === "throw";
const pieces: BodyForm = { pieces: ["ab", "c d", "ef"], gap: 15, length: false, trailers: false };
const forms: readonly BodyForm[] = [
  { pieces: ["abc def"], gap: 0, length: true, trailers: false },
  pieces,
  { ...pieces, length: true },
  { ...pieces, trailers: true },
];
/** Each lets go at once what it gets. */
const prompt: readonly (readonly Member[])[] = [
  [{ does: "read" }],
  [{ does: "transform" }],
  [{ does: "read" }, { does: "read" }],
  [{ does: "read" }, { does: "transform" }],
  [{ does: "transform" }, { does: "read" }],
  [{ does: "transform" }, { does: "transform" }],
];
const smallLimit = 1_000;
const onePiece: BodyForm = { pieces: ["a".repeat(5 * smallLimit)], gap: 0, length: true, trailers: false };

let upstream: PacedUpstream;
let plain: UpstreamServer;
/** Each policy is a filter. */
let envoy: RunningEnvoy;
/** All of a route are one. */
let oneFilter: RunningEnvoy;

beforeAll(async () => {
  upstream = await startPacedUpstream((path) =>
    path.startsWith("/prompt/") ? onePiece : (forms[Number(path.split("/")[4])] ?? pieces),
  );
  plain = await startUpstream((_request, response) => response.end("done"));
  const config = configOf({ api: `http://127.0.0.1:${upstream.port}`, plain: `http://127.0.0.1:${plain.port}` }, [
    ...mixes.flatMap((mix, index) =>
      (["request", ...(mix.some(throws) ? ["response" as const] : [])] as const).map((direction) => ({
        name: `${direction}-${index}`,
        match: { pathPrefix: `/${direction}/${index}` },
        policies: policies(mix, direction),
      })),
    ),
    ...prompt.map((members, index) => ({
      name: `prompt-${index}`,
      match: { pathPrefix: `/prompt/${index}/` },
      limits: { ...defaultLimits, bodyBytes: smallLimit },
      policies: policies(members, "request", "response"),
    })),
    {
      name: "slow",
      upstream: "plain",
      match: { pathPrefix: "/slow" },
      policies: policies(
        [
          { does: "read", wait: 3 },
          { does: "ask", wait: 20 },
        ],
        "request",
      ),
    },
    {
      name: "behind",
      upstream: "plain",
      match: { pathPrefix: "/behind" },
      limits: { ...defaultLimits, callbackMilliseconds: 5_000 },
      policies: policies([{ does: "ask", wait: 200 }, { does: "transform" }], "request"),
    },
    {
      name: "repeatable",
      upstream: "plain",
      match: { pathPrefix: "/repeatable" },
      policies: policies([{ does: "read", wait: 3 }], "request"),
    },
    {
      name: "repeatable-changed",
      upstream: "plain",
      match: { pathPrefix: "/changed" },
      policies: policies([{ does: "transform", wait: 3 }], "request"),
    },
  ]);
  const whole = { ...config, listener: { ...config.listener, requestTrailers: "pass" as const } };
  envoy = await startConfig(whole);
  oneFilter = await startConfig(whole, { oneFilter: true });
});

afterAll(async () => {
  await envoy?.close();
  await oneFilter?.close();
  await upstream?.close();
  await plain?.close();
});

function policies(members: readonly Member[], ...directions: ("request" | "response")[]): PolicyUse[] {
  return members.map(({ allow, onError, ...todo }, index) =>
    use(`policies/chain/${index % 2 === 0 ? "member" : "other-member"}.ts`, {
      name: `member-${index}`,
      config: Object.fromEntries(directions.map((direction) => [direction, todo])),
      ...(allow && { partialRequests: "allow" }),
      ...(onError && { onError }),
    }),
  );
}

/** Runs all mixes, some at a time; gives what is wrong. */
async function all(
  which: (mix: readonly Member[]) => boolean,
  check: (mix: readonly Member[], index: number, form: number) => Promise<string | undefined>,
): Promise<string[]> {
  const wrong: string[] = [];
  const left = mixes.flatMap((mix, index) => (which(mix) ? forms.map((_, form) => ({ mix, index, form })) : []));
  const worker = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const problem = await check(next.mix, next.index, next.form);
      if (problem !== undefined) {
        wrong.push(`${JSON.stringify(next.mix)} ${next.form}: ${problem}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return wrong;
}

describe.each([
  ["each policy a filter", () => envoy],
  ["all policies one filter", () => oneFilter],
] as [string, () => RunningEnvoy][])("%s", (_name, running) => {
  it("a request that one policy refuses or fails on is answered so, and never completed at the upstream", async () => {
    const wrong = await all(
      () => true,
      async (mix, index, form) => {
        const path = `/request/${index}/-/${form}/${running().port}`;
        const response = await exchange(running().port, path, forms[form]!);
        const request = await upstream.seen.get(path);
        const status = mix.some(throws) ? 500 : 403;
        if (response.state !== "complete" || response.status !== status || request?.state === "complete") {
          return `${JSON.stringify(response)} ${JSON.stringify(request)}`;
        }
        return undefined;
      },
    );
    expect(wrong).toEqual([]);
  });

  it("a response that one policy fails on is broken off or answered 500, never complete", async () => {
    const wrong = await all(
      (mix) => mix.some(throws),
      async (_mix, index, form) => {
        const response = await exchange(running().port, `/response/${index}/-/${form}`, pieces);
        return response.status === 500 || response.state !== "complete" ? undefined : JSON.stringify(response);
      },
    );
    expect(wrong).toEqual([]);
  });

  it("a body far over the limits passes a slow reader and a policy behind it, unchanged", async () => {
    const body = Buffer.alloc(20_000_000, "0123456789abcdef");
    const response = await send(running().port, { method: "POST", path: "/slow", body });
    expect(response).toMatchObject({ status: 200, body: "done" });
    expect(plain.seen.at(-1)!.body.equals(body)).toBe(true);
  });

  it("a body of known length that comes in one piece over the limit passes whom it need not wait for", async () => {
    for (const [index, members] of prompt.entries()) {
      const path = `/prompt/${index}/${running().port}`;
      const letter = String.fromCharCode(0x61 + members.filter(({ does }) => does === "transform").length);
      const body = letter.repeat(5 * smallLimit);
      expect(await exchange(running().port, path, onePiece)).toMatchObject({ state: "complete", status: 200, body });
      expect(await upstream.seen.get(path)).toMatchObject({ state: "complete", body });
    }
  });

  it("a request that Envoy might repeat reaches the upstream once where its body comes in pieces", async () => {
    for (const [path, body] of [
      ["/repeatable", "abc def"],
      ["/changed", "bcd!efg"],
    ] as const) {
      await exchange(running().port, path, { ...pieces, gap: 20 }, "DELETE");
      expect(plain.seen.at(-1)).toMatchObject({ method: "DELETE", complete: true, body: Buffer.from(body) });
    }
  });
});

describe("a body over the limits that waits for one policy, and is transformed by the next one", () => {
  // It fits into Envoy's buffer but for its end, so all of it has come when the first policy lets it go.
  const body: BodyForm = { pieces: ["a".repeat(2_097_000), "a".repeat(200)], gap: 50, length: true, trailers: false };

  it("passes where each policy is a filter", async () => {
    expect(await exchange(envoy.port, "/behind", body)).toMatchObject({ state: "complete", status: 200 });
    expect(plain.seen.at(-1)!.body.equals(Buffer.alloc(2_097_200, "b"))).toBe(true);
  });

  it("is too large where both are one", async () => {
    expect(await exchange(oneFilter.port, "/behind", body)).toMatchObject({ status: 413 });
  });
});
