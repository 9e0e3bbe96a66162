import { describe, expect, it } from "vitest";
import { Status } from "../../abi/constants.js";
import type { ExchangeContext, ExchangeHostcalls, ExchangePort } from "../../policy/service.js";
import { servicePort } from "../../policy/service-port.js";
import { type AuthenticationInit, clearAuthentication, getAuthentication, setAuthentication } from "./index.js";

/** An exchange whose property "authentication" is `bytes`. */
function exchange(text?: string) {
  const bytes: Uint8Array | undefined = text === undefined ? undefined : new TextEncoder().encode(text);
  const state = { bytes, over: false };
  const warnings: string[] = [];
  const host = {
    getProperty: (path: readonly string[]) => (path.join() === "authentication" ? state.bytes : undefined),
    setProperty: (path: readonly string[], bytes: Uint8Array) => {
      if (path.join() !== "authentication") {
        return Status.BadArgument;
      }
      state.bytes = bytes;
      return Status.Ok;
    },
  } as unknown as ExchangeHostcalls;
  const port = {
    exchange: () => (state.over ? undefined : host),
    logger: { warn: (message: string) => warnings.push(message) },
  } as unknown as ExchangePort;
  const context = { [servicePort]: port } as unknown as ExchangeContext;
  return { state, warnings, context };
}

describe("authentication", () => {
  it("is undefined until a policy sets it, and when it is cleared, without a warning", () => {
    const { context, warnings } = exchange();
    expect(getAuthentication(context)).toBeUndefined();
    setAuthentication(context, { principal: "ada" });
    expect(getAuthentication(context)).toMatchObject({ principal: "ada" });
    clearAuthentication(context);
    expect(getAuthentication(context)).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it("gives back what was set, with all that JSON holds", () => {
    const { context } = exchange();
    const whole = {
      principal: "Zoë/☃",
      clientId: "c-1",
      clientName: 'A "client"',
      properties: { scopes: ["a", "b"], claims: { age: 3, admin: false, none: null } },
    };
    setAuthentication(context, whole);
    expect(getAuthentication(context)).toEqual(whole);
    setAuthentication(context, {});
    expect(getAuthentication(context)).toEqual({ properties: {} });
  });

  it("is a snapshot: what was set or got does not change it, and cannot be changed", () => {
    const { context } = exchange();
    const properties = { scopes: ["read"] };
    setAuthentication(context, { principal: "ada", properties });
    properties.scopes.push("write");
    const got = getAuthentication<{ scopes: string[] }>(context);
    expect(got?.properties.scopes).toEqual(["read"]);
    expect(() => got?.properties.scopes.push("write")).toThrow(TypeError);
    expect(() => {
      (got as { principal: string }).principal = "eve";
    }).toThrow(TypeError);
    setAuthentication(context, { principal: "bob" });
    expect(got?.principal).toBe("ada");
  });

  it.each([
    "garbage",
    "\x93\xa3ada",
    "[]",
    "null",
    '"ada"',
    "{",
    '{"principal":1}',
    '{"clientId":{}}',
    '{"properties":[]}',
    '{"properties":"x"}',
  ])("that something else has set is undefined, with one warning: %s", (text) => {
    const { context, warnings } = exchange(text);
    expect([getAuthentication(context), getAuthentication(context)]).toEqual([undefined, undefined]);
    expect(warnings).toEqual([expect.stringMatching(/^AUTHENTICATION_UNREADABLE: /)]);
  });

  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;

  it.each([
    ["ada", "expected an object, got string"],
    [null, "expected an object, got null"],
    [["ada"], "expected an object, got an array"],
    [{ principal: 1 }, "principal: expected a string, got number"],
    [{ clientName: null }, "clientName: expected a string, got null"],
    [{ user: "ada" }, 'there is no "user"; expected principal, clientId, clientName, properties'],
    [{ properties: ["a"] }, "properties: expected an object, got an array"],
    [{ properties: { big: 1n } }, "properties: JSON cannot hold them"],
    [{ properties: cycle }, "properties: JSON cannot hold them"],
  ])("refuses %o", (value, message) => {
    const { context, state } = exchange();
    expect(() => {
      setAuthentication(context, value as AuthenticationInit);
    }).toThrow(
      expect.objectContaining({ code: "AUTHENTICATION_VALUE", message: expect.stringContaining(message) as string }),
    );
    expect(state.bytes).toBeUndefined();
  });

  it("is gone with its exchange", () => {
    const { context, state } = exchange('{"principal":"ada"}');
    state.over = true;
    expect(getAuthentication(context)).toBeUndefined();
    expect(() => {
      setAuthentication(context, {});
    }).toThrow(expect.objectContaining({ code: "EXCHANGE_OVER" }));
    expect(() => {
      clearAuthentication(context);
    }).toThrow("clearAuthentication() has no effect any more");
  });
});
