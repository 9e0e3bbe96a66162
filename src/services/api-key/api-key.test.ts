import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { type Call, ServiceWorker } from "../../../test/support/service-worker.js";
import { KitPromise } from "../../policy/kit-promise.js";
import { type Storage, storage } from "../storage/index.js";
import {
  type ApiKeyRecord,
  type ApiKeyResult,
  type ApiKeys,
  apiKeys,
  listedKeys,
  type PolledKeyOptions,
  polledKeys,
  storedKeys,
} from "./index.js";

const hashOf = (secret: string) => createHash("sha256").update(secret).digest("hex");
const shop: ApiKeyRecord = { clientId: "shop", slaTier: "gold", secretSha256: hashOf("sesame") };
const till: ApiKeyRecord = { clientId: "till", secretSha256: hashOf("barley") };

const request = (key: string | undefined) => {
  const headers = new Map(key === undefined ? [] : [["x-api-key", key]]);
  return { path: "/", headers: { get: (name: string) => headers.get(name) ?? null } } as unknown as Parameters<
    ApiKeys["authenticate"]
  >[0];
};

/** Whether a filter that awaits it goes on at once. */
const isSettled = (promise: Promise<unknown>): boolean =>
  promise instanceof KitPromise && (promise as { readonly state: string }).state === "fulfilled";

const outcome = async (keys: ApiKeys, key: string | undefined): Promise<string> => {
  const result: ApiKeyResult = await keys.authenticate(request(key));
  return result.authenticated ? result.client.clientId : `${result.reason} ${result.response().status}`;
};

let worker: ServiceWorker;
beforeEach(() => {
  worker = new ServiceWorker();
});

describe("keys of a list", () => {
  it("are there at once, for a filter that awaits them", () => {
    const keys = apiKeys(worker.context, { keys: listedKeys([shop]) });

    for (const key of ["sesame", "barley", undefined]) {
      expect(isSettled(keys.authenticate(request(key)))).toBe(true);
    }
  });

  it("say whose they are and nothing else, whatever is wrong", async () => {
    const keys = apiKeys(worker.context, { keys: listedKeys(JSON.stringify([shop, till])) });

    expect(await outcome(keys, "sesame")).toBe("shop");
    expect(await outcome(keys, "barley")).toBe("till");
    expect(await outcome(keys, undefined)).toBe("missing 401");
    expect(await outcome(keys, "")).toBe("missing 401");
    for (const wrong of ["sesame ", "Sesame", hashOf("sesame"), "sesame\u0000", "é", "x".repeat(5_000)]) {
      expect(await outcome(keys, wrong)).toBe("unknown 401");
    }
    const [missing, unknown] = await Promise.all([
      keys.authenticate(request(undefined)),
      keys.authenticate(request("x")),
    ]);
    expect(!missing.authenticated && !unknown.authenticated && missing.response() === unknown.response()).toBe(true);
  });

  it("show nothing of themselves", () => {
    expect(JSON.stringify([listedKeys([shop]), apiKeys(worker.context, { keys: listedKeys([shop]) })])).not.toContain(
      hashOf("sesame"),
    );
  });

  it.each<[records: unknown, where: string]>([
    ["no JSON", "keys: expected a list of records"],
    ["{}", "keys: expected a list of records"],
    [undefined, "keys: expected a list of records"],
    [[shop, null], "keys[1]: expected a record"],
    [[{ ...shop, clientId: "" }], "keys[0].clientId"],
    [[{ ...shop, clientId: "a".repeat(257) }], "keys[0].clientId"],
    [[{ ...shop, clientId: "ä" }], "keys[0].clientId"],
    [[{ ...shop, slaTier: 1 }], "keys[0].slaTier"],
    [[{ ...shop, clientName: "" }], "keys[0].clientName"],
    [[{ clientId: "a" }], "keys[0].secretSha256"],
    [[{ ...shop, secretSha256: "a-secret" }], "keys[0].secretSha256"],
    [[{ ...shop, secretSha256: Array<string>(9).fill(hashOf("a")) }], "keys[0].secretSha256"],
    [[shop, { ...till, clientId: "shop" }], "keys[1].clientId: expected an id that no other record has"],
    [[shop, { ...shop, clientId: "b" }], "keys[1].secretSha256: expected a secret that no other record has"],
  ])("are refused where they are wrong, and not quoted: %j", (records, where) => {
    expect(() => listedKeys(records as ApiKeyRecord[])).toThrow(
      expect.objectContaining({ code: "API_KEY_OPTIONS", message: expect.stringContaining(where) as string }),
    );
    expect(() => listedKeys(records as ApiKeyRecord[])).not.toThrow(/a-secret|no JSON/);
  });

  it("have a realm that a field can hold", () => {
    expect(() => apiKeys(worker.context, { keys: listedKeys([]), realm: 'a"' })).toThrow(
      expect.objectContaining({ code: "API_KEY_OPTIONS" }),
    );
  });
});

describe("keys of a storage", () => {
  let records: Storage<ApiKeyRecord>;
  let keys: ApiKeys;
  beforeEach(() => {
    records = storage<ApiKeyRecord>(worker.context, "clients");
    keys = apiKeys(worker.context, { keys: storedKeys(records) });
  });

  it("count as soon as they are stored, and until they are removed", async () => {
    expect(await outcome(keys, "sesame")).toBe("unknown 401");
    await records.set(hashOf("sesame"), shop);
    expect(await outcome(keys, "sesame")).toBe("shop");
    await records.delete(hashOf("sesame"));
    expect(await outcome(keys, "sesame")).toBe("unknown 401");
  });

  it("are there at once", async () => {
    await records.set(hashOf("sesame"), shop);
    expect(isSettled(keys.authenticate(request("sesame")))).toBe(true);
  });

  it("let nobody pass where what is stored is no record, and the log says so without quoting it", async () => {
    await records.set(hashOf("sesame"), { clientId: "shop", secretSha256: "sesame" });

    expect(await outcome(keys, "sesame")).toBe("unavailable 503");
    expect(worker.warnings).toEqual([expect.stringMatching(/^API_KEYS_UNAVAILABLE: .*stored key\.secretSha256/)]);
    expect(worker.warnings.join()).not.toMatch(/sesame/);
  });
});

describe("keys of an upstream", () => {
  const poll = (options: Partial<PolledKeyOptions> = {}): ApiKeys =>
    apiKeys(worker.context, {
      keys: polledKeys(worker.context, { upstream: "keys", interval: "30s", staleFor: "1m", ...options }),
    });

  it("are waited for, once, by all requests", async () => {
    const keys = poll({ path: "/clients", headers: { authorization: "Bearer k" }, timeout: "3s" });
    const waiting = [outcome(keys, "sesame"), outcome(keys, "barley")];

    expect(worker.calls).toMatchObject([
      { headers: { ":path": "/clients", authorization: "Bearer k" }, timeout: 3_000 },
    ]);
    await worker.calls[0]!.reply(200, {}, JSON.stringify([shop]));

    expect(await Promise.all(waiting)).toEqual(["shop", "unknown 401"]);
    expect(isSettled(keys.authenticate(request("sesame")))).toBe(true);
  });

  it("are asked for with the etag, and stay where they have not changed", async () => {
    const keys = poll();
    await worker.calls[0]!.reply(200, { etag: 'W/"7"' }, JSON.stringify([shop]));
    for (let time = 1; time <= 5; time++) {
      await worker.advance(30_000);
      expect(worker.calls[time]!.headers).toMatchObject({ "if-none-match": 'W/"7"' });
      await worker.calls[time]!.reply(304);
      expect(await outcome(keys, "sesame")).toBe("shop");
    }
    await worker.advance(30_000);
    await worker.calls[6]!.reply(200, {}, JSON.stringify([till]));
    expect([await outcome(keys, "sesame"), await outcome(keys, "barley")]).toEqual(["unknown 401", "till"]);
    await worker.advance(30_000);
    expect(worker.calls[7]!.headers).not.toHaveProperty("if-none-match");
  });

  it.each<[what: string, end: (call: Call) => Promise<void>]>([
    ["is away", (call) => call.fail()],
    ["answers 500", (call) => call.reply(500)],
    ["redirects", (call) => call.reply(302, { location: "http://evil.test/" })],
    ["sends no JSON", (call) => call.reply(200, {}, "<html>sesame</html>")],
    ["sends a wrong record", (call) => call.reply(200, {}, JSON.stringify([{ ...till, secretSha256: "sesame" }]))],
    ["sends too much", (call) => call.reply(200, {}, JSON.stringify([till]).padEnd(2_000))],
  ])("count for a while where the upstream %s, and no longer", async (_what, end) => {
    const keys = poll({ maxBytes: 1_000 });
    await worker.calls[0]!.reply(200, { etag: '"1"' }, JSON.stringify([shop]));
    const confirmed = worker.now;
    for (let next = 1; worker.now < confirmed + 59_000; next++) {
      while (worker.calls[next] === undefined) {
        await worker.advance(1_000);
      }
      await end(worker.calls[next]!);
      expect(await outcome(keys, "sesame")).toBe("shop");
    }
    await worker.advance(40_000);
    expect(await outcome(keys, "sesame")).toBe("unavailable 503");
    expect(worker.warnings[0]).toMatch(
      /^API_KEYS_UNAVAILABLE: the upstream gave no list of keys: .* \{"upstream":"keys"\}$/,
    );
    expect(worker.warnings.join()).not.toMatch(/sesame/);

    const before = worker.calls.length;
    while (worker.calls.length === before) {
      await worker.advance(1_000);
    }
    await worker.calls[before]!.reply(200, {}, JSON.stringify([till]));
    expect(await outcome(keys, "barley")).toBe("till");
  });

  it("let nobody pass before there is a list, and are asked for again soon", async () => {
    const keys = poll();
    const waiting = outcome(keys, "sesame");
    await worker.calls[0]!.reply(503);
    expect(await waiting).toBe("unavailable 503");

    await worker.advance(1_000);
    await worker.calls[1]!.reply(304);
    expect(await outcome(keys, "sesame")).toBe("unavailable 503");

    await worker.advance(2_000);
    await worker.calls[2]!.reply(200, {}, JSON.stringify([shop]));
    expect(await outcome(keys, "sesame")).toBe("shop");
  });

  it("are asked for again where a call never ends, and what it brings late counts no more", async () => {
    const keys = poll({ timeout: "2s" });
    const waiting = outcome(keys, "sesame");
    await worker.advance(7_000);
    expect(await waiting).toBe("unavailable 503");
    expect(worker.warnings).toEqual([expect.stringContaining("it took too long")]);

    await worker.advance(1_000);
    await worker.calls[1]!.reply(200, {}, JSON.stringify([shop]));
    await worker.calls[0]!.reply(200, {}, JSON.stringify([till]));
    expect([await outcome(keys, "sesame"), await outcome(keys, "barley")]).toEqual(["shop", "unknown 401"]);
  });

  it("are checked in pieces, so that no event takes long, and count when all are", async () => {
    const keys = poll();
    const waiting = outcome(keys, "secret 999");
    const many = Array.from({ length: 1_000 }, (_, index) => ({
      clientId: `client-${index}`,
      secretSha256: hashOf(`secret ${index}`),
    }));
    await worker.calls[0]!.reply(200, {}, JSON.stringify(many));
    expect(worker.events).toBe(0);
    await worker.advance(0);
    expect(worker.events).toBe(4);
    expect(await waiting).toBe("client-999");
    expect(await outcome(keys, "secret 0")).toBe("client-0");
  });

  it("are asked for no more when the policy goes", async () => {
    poll();
    await worker.calls[0]!.reply(200, {}, "[]");
    worker.closing.abort(new Error("gone"));
    await worker.advance(600_000);
    expect(worker.calls).toHaveLength(1);
    expect(worker.warnings).toEqual([]);
  });

  it.each<[options: object, what: string]>([
    [{ interval: "0.5s" }, "interval"],
    [{ interval: "often" }, "interval"],
    [{ timeout: 0 }, "timeout"],
    [{ staleFor: -1 }, "staleFor"],
    [{ maxBytes: 0 }, "maxBytes"],
  ])("are refused with %j", (options, what) => {
    expect(() => poll(options)).toThrow(
      expect.objectContaining({ code: "API_KEY_OPTIONS", message: expect.stringContaining(what) as string }),
    );
  });
});
