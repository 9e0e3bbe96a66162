/** The policies of docs/policy-guide.md do what it says of them. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { loadGatewayFile } from "../../src/config/gateway-file.js";
import { compilePolicy } from "../../src/loading/compiled-policy.js";
import { byHand, everyChunking, testGateway } from "../../src/testing/index.js";
import { codeBlocks } from "./markdown.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const guide = readFileSync(`${root}docs/policy-guide.md`, "utf8");
// Inside the project, so that packages are found.
const folder = `${root}.cache/policy-guide-${process.pid}`;
const written: string[] = [];

for (const block of codeBlocks(guide, "ts")) {
  const name = /^\/\/ (policies\/[\w.-]+)\n/.exec(block)?.[1];
  if (name === undefined) {
    throw new Error(`A snippet of the guide does not say its file:\n${block}`);
  }
  write(name, block);
  written.push(name);
}

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const policy = (name: string): string => join(folder, "policies", `${name}.ts`);
const post = (body: unknown) => ({ method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });
const order = (...pieces: number[]) =>
  post({ items: pieces.map((count, index) => ({ article: `a-${index}`, pieces: count })) });

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

// Its tests become tests of this file.
await import(join(folder, "policies/policies.test.ts"));

it("every policy of the guide is tried here", () => {
  const text = readFileSync(fileURLToPath(import.meta.url), "utf8");
  const names = written
    .filter((name) => !name.endsWith(".test.ts"))
    .map((name) => name.slice("policies/".length, -".ts".length));
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !text.includes(`policy("${name}")`))).toEqual([]);
});

describe("api-key", () => {
  it("answers 401 in the service's place, and lets the key through", async () => {
    await using gateway = await testGateway({ policies: [policy("api-key")] });
    expect((await gateway.fetch("/orders")).status).toBe(401);
    expect(gateway.upstream.requests).toEqual([]);
    expect((await gateway.fetch("/orders", { headers: { "x-api-key": "k-4711" } })).status).toBe(200);
    expect(gateway.upstream.requests).toHaveLength(1);
  });
});

describe("customers", () => {
  const use = { policy: policy("customers"), config: { customers: [{ name: "ada", key: "k-471100" }] } };

  it("knows customers by their keys, and keeps the keys from the service", async () => {
    await using gateway = await testGateway({ policies: [use] });
    const refused = await gateway.fetch("/orders", { headers: { "x-api-key": "other" } });
    expect([refused.status, await refused.json()]).toEqual([401, { error: "unknown key" }]);
    await gateway.fetch("/orders", { headers: { "x-api-key": "k-471100" } });
    expect(gateway.upstream.requests.map(({ headers }) => "x-api-key" in headers)).toEqual([false]);
  });

  it("does not start with a key that is too short, and names the place", async () => {
    const start = testGateway({ policies: [policy("customers")], config: { customers: [{ name: "ada", key: "k" }] } });
    await expect(start).rejects.toMatchObject({
      code: "CONFIG_REFUSED",
      message: expect.stringContaining("config.customers[0].key") as string,
    });
  });

  it("tells the policies behind it who it is", async () => {
    await using gateway = await testGateway({ policies: [use, policy("order-size")] });
    await gateway.fetch("/orders", { ...order(1), headers: { "x-api-key": "k-471100" } });
    expect(gateway.upstream.requests[0]?.json()).toMatchObject({ customer: "ada" });
  });
});

describe("order-size", () => {
  it.each([
    ["no JSON", post("not JSON"), "this is no order"],
    ["another form", post({ items: "all" }), "this is no order"],
    ["half a piece", order(0.5), "this is no order"],
    ["too many pieces", order(60, 41), "at most 100 pieces"],
  ])("refuses %s, and the service sees nothing", async (_what, request, error) => {
    await using gateway = await testGateway({ policies: [policy("order-size")] });
    const response = await gateway.fetch("/orders", request);
    expect([response.status, await response.json()]).toEqual([422, { error }]);
    expect(gateway.upstream.requests).toEqual([]);
  });

  it("changes head and body of an order that fits together, the length included", async () => {
    await using gateway = await testGateway({ policies: [policy("order-size")] });
    await gateway.fetch("/orders", order(60, 40));
    const [request] = gateway.upstream.requests;
    expect(request?.headers).toMatchObject({ "x-pieces": "100", "content-length": String(request?.bytes.length) });
  });

  it("lets what is no order pass, and answers 413 for too large a body", async () => {
    await using gateway = await testGateway({ policies: [policy("order-size")] });
    expect((await gateway.fetch("/orders/1")).status).toBe(200);
    expect((await gateway.fetch("/orders", post("x".repeat(1_048_577)))).status).toBe(413);
  });
});

describe("front", () => {
  it("hides the server and tells how long it took", async () => {
    await using gateway = await testGateway({
      policies: [policy("front")],
      upstream: { headers: { server: "orders/1.2" }, delay: "250ms" },
    });
    const { headers } = await gateway.fetch("/orders");
    expect([headers.get("server"), headers.get("server-timing")]).toEqual([null, "orders;dur=250"]);
  });

  it("replaces what went wrong, also where another policy failed", async () => {
    write(
      "policies/broken.ts",
      'import { definePolicy } from "sluice"; export default definePolicy({ onRequest() { throw new Error("secret"); } });',
    );
    await using gateway = await testGateway({
      policies: [policy("front")],
      upstream: { status: 500, body: "stack trace" },
    });
    await using broken = await testGateway({ policies: [policy("front"), policy("broken")] });
    for (const response of [await gateway.fetch("/orders"), await broken.fetch("/orders")]) {
      expect([response.status, response.headers.get("retry-after"), await response.text()]).toEqual([
        503,
        "30",
        "Please come back in a moment.",
      ]);
    }
  });
});

describe("warehouse", () => {
  const start = (warehouse: NonNullable<NonNullable<Parameters<typeof testGateway>[0]["upstreams"]>["x"]>) =>
    testGateway({ policies: [policy("warehouse")], upstreams: { warehouse } });

  it("asks before an order is taken, and only then", async () => {
    await using gateway = await start([{ status: 200 }, { status: 409 }]);
    expect((await gateway.fetch("/orders")).status).toBe(200);
    expect((await gateway.fetch("/orders", order(1))).status).toBe(200);
    expect((await gateway.fetch("/orders", order(1))).status).toBe(409);
    expect(gateway.upstream.requests).toHaveLength(2);
  });

  it.each(["never", "reset", "refused"] as const)("takes the order when there is no reply: %s", async (fail) => {
    await using gateway = await start({ fail });
    expect((await gateway.fetch("/orders", order(1))).status).toBe(200);
    expect(gateway.log).toMatchObject([
      { level: "warn", message: "the warehouse does not answer; the order is taken" },
    ]);
  });

  it("counts those who wait, and no longer those who went away", async () => {
    await using gateway = await start(byHand);
    const waiting = [];
    for (let index = 0; index < 50; index++) {
      waiting.push(await gateway.open("/orders", order(1)));
    }
    const full = await gateway.fetch("/orders", order(1));
    expect([full.status, full.headers.get("retry-after")]).toEqual([503, "1"]);
    for (const exchange of waiting) {
      await exchange.drop();
    }
    expect(gateway.log).toEqual([]);
    const next = await gateway.open("/orders", order(1));
    expect(next.over).toBe(false);
    await next.drop();
  });
});

describe("card-numbers", () => {
  it("hides them in a long answer, wherever it is cut", async () => {
    const text = `${"x".repeat(40)} 1111-2222-3333-4444, 5555-6666-7777-8888 and 1234-5678`;
    await everyChunking(text, async (chunks) => {
      await using gateway = await testGateway({ policies: [policy("card-numbers")], upstream: { body: chunks } });
      expect(await (await gateway.fetch("/")).text()).toBe(
        `${"x".repeat(40)} ****-****-****-4444, ****-****-****-8888 and 1234-5678`,
      );
    });
  });

  it("passes on what it has read while the answer is still coming", async () => {
    await using gateway = await testGateway({ policies: [policy("card-numbers")], upstream: byHand });
    const exchange = await gateway.open("/");
    const call = await gateway.upstream.next();
    await call.head(200);
    await call.send("y".repeat(100));
    expect(exchange.received.body).toBe("y".repeat(82));
    await call.end();
    expect(await (await exchange.response()).text()).toBe("y".repeat(100));
  });
});

describe("watch", () => {
  it("counts and logs what became of each exchange", async () => {
    await using gateway = await testGateway({
      policies: [policy("watch"), policy("api-key")],
      upstream: { delay: 12 },
    });
    for (const key of ["k-4711", "other", "k-4711"]) {
      await gateway.fetch("/orders", { headers: { "x-api-key": key } });
    }
    expect(gateway.log.map(({ message, outcome, milliseconds }) => [message, outcome, milliseconds])).toEqual([
      ["order", "taken", 12],
      ["order", "refused", 0],
      ["order", "taken", 12],
    ]);
    expect(gateway.metrics).toEqual({
      "orders;policy=watch;outcome=taken": 2,
      "orders;policy=watch;outcome=refused": 1,
    });
  });
});

describe("the gateway file", () => {
  beforeEach(() => {
    vi.stubEnv("ADAS_KEY", "k-471100");
    return () => vi.unstubAllEnvs();
  });

  it("is in order, and has every policy but the first, which customers replaced", async () => {
    const [yaml = ""] = codeBlocks(guide, "yaml");
    write("gateway.yaml", yaml);
    const { config } = await loadGatewayFile(join(folder, "gateway.yaml"), { compile: compilePolicy });
    const used = config.routes.flatMap(({ policies }) => policies.map(({ name }) => `policies/${name}.ts`));
    expect(used.toSorted()).toEqual(written.filter((name) => !/api-key|test/.test(name)).toSorted());
  });

  it("has all of them work together, in its order", async () => {
    const uses = [
      "watch",
      "front",
      { policy: policy("customers"), config: { customers: [{ name: "ada", key: "k-471100" }] } },
      { policy: policy("order-size"), config: { mostPieces: 20 } },
      "warehouse",
      "card-numbers",
    ];
    await using gateway = await testGateway({
      policies: uses.map((use) => (typeof use === "string" ? policy(use) : use)),
      upstream: { body: "paid with 4711-0815-1234-5678", headers: { server: "orders" } },
      upstreams: { warehouse: {} },
    });
    const headers = { "x-api-key": "k-471100" };
    const taken = await gateway.fetch("/orders", { ...order(20), headers });
    expect([taken.status, await taken.text(), taken.headers.get("server")]).toEqual([
      200,
      "paid with ****-****-****-5678",
      null,
    ]);
    expect((await gateway.fetch("/orders", { ...order(21), headers })).status).toBe(422);
    expect(gateway.log.map(({ outcome, customer }) => [outcome, customer])).toEqual([
      ["taken", "ada"],
      ["refused", "ada"],
    ]);
  });
});
