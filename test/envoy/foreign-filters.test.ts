/**
 * Where a policy's filter may stand beside Envoy's own: what becomes of requests and responses for each kind of policy, before and behind
 * each of them. docs/envoy.md has the table.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RouteConfig } from "../../src/config/types.js";
import { envoyBootstrap } from "../../src/envoy/bootstrap.js";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import type { Json } from "../../src/envoy/json.js";
import { type RunningEnvoy, startEnvoy } from "../../src/envoy/run-envoy.js";
import { configOf, use } from "./support/config.js";
import { foreignFilters, grpcCluster, rateLimits } from "./support/foreign-filters.js";
import { type GrpcServer, startGrpcServer } from "./support/grpc-server.js";
import { copyModule } from "./support/modules.js";
import {
  type BodyForm,
  exchange,
  type PacedUpstream,
  type Received,
  startPacedUpstream,
} from "./support/paced-exchange.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const member = use("policies/chain/member.ts");

type Direction = "request" | "response";

/** What a policy does with the messages of one direction. */
interface PolicyKind {
  todo: Json;
  /** It lets the head go, and keeps bytes of the body after that. */
  streams?: true;
  partialRequests?: "allow";
}

const kinds: Readonly<Record<string, PolicyKind>> = {
  "looks at the head": { todo: { does: "ask", wait: 20 } },
  "gathers and holds": { todo: { does: "gather", wait: 30 } },
  "gathers without holding": { todo: { does: "gather", wait: 30 }, streams: true, partialRequests: "allow" },
  "reads a stream": { todo: { does: "read", wait: 30 }, streams: true },
  "reads a stream and decides late": { todo: { does: "read", wait: 30, decides: 80 }, streams: true },
  "reads a stream and denies it": { todo: { does: "read", wait: 30, decides: 80, end: "deny" }, streams: true },
  "transforms at once": { todo: { does: "transform" }, streams: true },
  transforms: { todo: { does: "transform", wait: 30 }, streams: true },
  "transforms and decides late": { todo: { does: "transform", wait: 30, decides: 80 }, streams: true },
  "keeps the head, then reads a stream": { todo: { does: "read", first: 30, wait: 30 }, streams: true },
  "keeps the head, then transforms at once": { todo: { does: "transform", first: 30 }, streams: true },
  "keeps the head, then transforms": { todo: { does: "transform", first: 30, wait: 30 }, streams: true },
};
/** Only the bodies of requests can be denied; only their heads can go on while their bodies are gathered. */
const ofRequests = ["gathers without holding", "reads a stream and denies it"];
const rows = Object.keys(kinds).flatMap((kind) =>
  (ofRequests.includes(kind) ? (["request"] as const) : (["request", "response"] as const)).map((direction) => ({
    kind,
    direction,
  })),
);

/** Filters that let a message go later than it came, by direction; the others decide at once, or keep the head as well. */
const letGoLater: Readonly<Record<string, readonly Direction[]>> = {
  "ext_authz over HTTP": ["request"],
  "a global rate limit": ["request"],
  "Lua with a call": ["request", "response"],
  "ext_proc for headers": ["request", "response"],
  "the buffer filter": ["request"],
};
const positions = ["before", "behind"] as const;

const forms: Readonly<Record<string, BodyForm>> = {
  "one piece": { pieces: ["abc def"], gap: 0, length: true, trailers: false },
  pieces: { pieces: ["ab", "c d", "ef"], gap: 25, length: false, trailers: false },
};

const nameOf = (row: number): string => `policy-${row}`;
const pathOf = (...parts: string[]): string => `/${parts.join("/").replaceAll(" ", "-")}`;

let folder: string;
let upstream: PacedUpstream;
let ask: UpstreamServer;
let grpc: GrpcServer;
let envoy: RunningEnvoy;
/** What each policy has logged. */
const logged = new Map<string, string[]>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-modules-"));
  upstream = await startPacedUpstream((path) => forms[path.split("/").at(-1)!.replace("-", " ")]!);
  ask = await startUpstream((_request, response) => setTimeout(() => response.end(), 70));
  grpc = await startGrpcServer(70);
  const config = configOf(
    { api: `http://127.0.0.1:${upstream.port}`, ask: `http://127.0.0.1:${ask.port}` },
    rows.map(({ kind, direction }, index): Partial<RouteConfig> => {
      const { todo, partialRequests = "prevent" } = kinds[kind]!;
      return {
        match: { pathPrefix: pathOf(direction, kind) },
        policies: [{ ...member, name: nameOf(index), config: { [direction]: todo }, partialRequests }],
      };
    }),
  );
  const modules = new Map([[member.file, await copyModule(member.file, join(folder, "member.wasm"))]]);
  const bootstrap = envoyBootstrap(config, { modules, caFile: "" });
  envoy = await startEnvoy(beside(bootstrap, grpc.port), {
    binary: await installEnvoy(cacheDir),
    concurrency: 1,
    onLine: ({ policy }) => {
      if (policy !== undefined) {
        logged.set(policy.name, [...(logged.get(policy.name) ?? []), policy.line]);
      }
    },
  });
});

afterAll(async () => {
  await envoy?.close();
  await grpc?.close();
  await ask?.close();
  await upstream?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A listener for each foreign filter in each place. */
function beside(bootstrap: Json, grpcPort: number): Json {
  const { listeners, clusters } = bootstrap["static_resources"] as { listeners: Json[]; clusters: Json[] };
  const made = Object.entries(foreignFilters).flatMap(([name, filter]): Json[] =>
    positions.map(
      (position): Json =>
        JSON.parse(
          JSON.stringify({ ...listeners[0], name: `${name}, ${position}` }),
          (key, value: unknown): unknown => {
            if (key === "http_filters") {
              return inserted(value as Json[], filter, position);
            }
            if (key === "virtual_hosts") {
              return (value as Json[]).map((host): Json => ({ ...host, ...rateLimits }));
            }
            // Written by hand it does not say whose the other filters are.
            return key === "value" && typeof value === "string" && value.includes('"sluice"')
              ? value.replace(/,"buffers":"ours"/, "")
              : value;
          },
        ) as Json,
    ),
  );
  return { ...bootstrap, static_resources: { listeners: made, clusters: [...clusters, grpcCluster(grpcPort)] } };
}

/** The foreign filter before the policies', or between them and the router. */
function inserted(filters: readonly Json[], foreign: Json, position: (typeof positions)[number]): Json[] {
  const first = filters.findIndex(({ disabled }) => disabled === true);
  const at = position === "before" ? first : filters.length - 1;
  return [...filters.slice(0, at), foreign, ...filters.slice(at)];
}

function outcome({ state, status = 200, body }: Received, wanted: string): string {
  const whole = state === "complete" ? "whole" : "not whole";
  return status === 200 && body === wanted && state === "complete" ? "right" : `${whole} ${status} "${body}"`;
}

/** What became of the exchange, and of the message that the policy is about. */
async function exchanged(filter: string, position: string, { kind, direction }: (typeof rows)[number], form: string) {
  const { pieces } = forms[form]!;
  const path = pathOf(direction, kind, `${filter}-${position}`, form);
  const text = pieces.join("");
  const changed = /gathers|transforms/.test(kind)
    ? Buffer.from(Buffer.from(text).map((byte) => byte + 1)).toString()
    : text;
  const response = await exchange(envoy.ports.get(`${filter}, ${position}`)!, path, forms[form]!);
  const request = await upstream.seen.get(path);
  return {
    request: request === undefined ? "none" : outcome(request, direction === "request" ? changed : text),
    response: outcome(response, direction === "response" ? changed : text),
  };
}

function wanted(kind: string): object {
  return kind.endsWith("denies it")
    ? { request: expect.not.stringMatching(/^(right|whole)/) as unknown, response: 'whole 403 "denied"' }
    : { request: "right", response: "right" };
}

/** What lets a message go later has to do so before a policy sees it: responses pass filters in reverse order. */
function mayStand(filter: string, position: (typeof positions)[number], { kind, direction }: (typeof rows)[number]) {
  const right = position === (direction === "request" ? "before" : "behind");
  return right || kinds[kind]!.streams !== true || letGoLater[filter]?.includes(direction) !== true;
}

describe.each(Object.keys(foreignFilters))("%s", (filter) => {
  describe.each(positions)("%s a policy", (position) => {
    it.concurrent.each(rows.filter((row) => mayStand(filter, position, row)))(
      "that $kind ($direction)",
      async (row) => {
        for (const form of Object.keys(forms)) {
          expect({ form, ...(await exchanged(filter, position, row, form)) }).toEqual({ form, ...wanted(row.kind) });
        }
      },
    );
  });
});

/**
 * Which of the two is faster decides what becomes of the message. What the policy has not let go never passes, and what passes without
 * it does so empty: of requests the client is not told that all went well; of responses the policy hears when the client has them.
 */
// Behind a policy the buffer filter can wait for ever (docs/envoy.md).
const told = Object.keys(letGoLater).filter((name) => name !== "the buffer filter");
describe.each(told)("%s in the wrong place beside a policy", (filter) => {
  const position = ({ direction }: (typeof rows)[number]) => (direction === "request" ? "behind" : "before");
  const wrong = rows.filter((row) => !mayStand(filter, position(row), row));
  it.each(wrong)("that $kind ($direction): right, or empty and told", async (row) => {
    for (const form of Object.keys(forms)) {
      logged.clear();
      const what = await exchanged(filter, position(row), row, form);
      const right = row.kind.endsWith("denies it") ? 'whole 403 "denied"' : "right";
      if (what.response === right && (right !== "right" || what.request === right)) {
        continue;
      }
      expect(what[row.direction], form).toMatch(/^none$| ""$/);
      if (row.direction === "request") {
        expect(what.response, form).not.toMatch(/^(right|whole 200)/);
      }
      await expect
        .poll(() => logged.get(nameOf(rows.indexOf(row)))?.join(), { message: form })
        .toContain("BODY_BYPASSED");
    }
  });
});
