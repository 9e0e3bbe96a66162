import { describe, expect, it } from "vitest";
import { readPluginConfiguration, readUses } from "./plugin-configuration.js";

const uses = (value: unknown): ReturnType<typeof readUses> => readUses(JSON.stringify(value));

describe("the configuration of a module of several policies", () => {
  it("has the uses in their order, and what is a fact of the host for all of them", () => {
    const read = uses({
      sluice: {
        uses: [
          {
            policy: "a",
            config: { x: 1 },
            sluice: { name: "first", route: "orders", onError: "allow", limits: { bodyBytes: 5 } },
          },
          { policy: "b", sluice: { name: "second", partialRequests: "allow", limits: { callbackMilliseconds: 7 } } },
          { policy: "a" },
        ],
        limits: { memoryBytes: 1_000, bodyBytes: 9 },
        holdsHeads: false,
        buffers: "ours",
        upstreams: { auth: "http://auth" },
      },
    });
    const host = {
      memoryBytes: 1_000,
      canHold: false,
      ownBuffers: false,
      onlyOurs: true,
      upstreams: new Map([["auth", "http://auth"]]),
    };
    expect(read).toEqual([
      {
        policy: "a",
        settings: {
          config: { x: 1 },
          name: "first",
          route: "orders",
          metrics: true,
          partialRequests: "prevent",
          onError: "allow",
          bodyLimit: 5,
          setBodyLimit: 5,
          callbackMilliseconds: 100,
          ...host,
        },
      },
      {
        policy: "b",
        settings: {
          config: {},
          name: "second",
          route: "",
          metrics: true,
          partialRequests: "allow",
          onError: "deny",
          bodyLimit: 1_048_576,
          setBodyLimit: 1_048_576,
          callbackMilliseconds: 7,
          ...host,
        },
      },
      expect.objectContaining({ policy: "a", settings: expect.objectContaining({ name: "a" }) as unknown }),
    ]);
  });

  it.each([
    ["nothing", ""],
    ["a policy's own configuration", '{ "a": 1 }'],
    ["a use", '{ "config": { "a": 1 }, "sluice": { "name": "x", "onError": "allow" } }'],
  ])("is that of one use where it has no list: %s", (_, text) => {
    expect(readUses(text)).toEqual([{ policy: undefined, settings: readPluginConfiguration(text) }]);
  });

  it("is refused by a module of one policy", () => {
    expect(() => readPluginConfiguration('{ "sluice": { "uses": [{ "policy": "a" }] } }')).toThrow(
      expect.objectContaining({ code: "CONFIG_REFUSED", message: expect.stringContaining("has one policy") as string }),
    );
  });

  it.each([
    [{ sluice: { uses: [] } }, "sluice.uses: expected a list"],
    [{ sluice: { uses: {} } }, "sluice.uses: expected a list"],
    [{ sluice: { uses: [{ policy: "a" }, null] } }, "sluice.uses[1]: expected { policy"],
    [{ sluice: { uses: [{ config: {} }] } }, "sluice.uses[0].policy: expected the name"],
    [
      { sluice: { uses: [{ policy: "a", sluice: { limits: { bodyBytes: "1" } } }] } },
      "sluice.uses[0].sluice.limits.bodyBytes: expected a whole number",
    ],
    [
      { sluice: { uses: [{ policy: "a" }], limits: { memoryBytes: 0 } } },
      "sluice.limits.memoryBytes: expected a whole number",
    ],
  ])("says where it is wrong: %j", (value, message) => {
    expect(() => uses(value)).toThrow(
      expect.objectContaining({ code: "CONFIG_REFUSED", message: expect.stringContaining(message) as string }),
    );
  });
});
