import { describe, expect, it } from "vitest";
import { Status } from "../abi/constants.js";
import type { Hostcalls } from "../abi/port.js";
import type { AuthenticationInit } from "../policy/authentication.js";
import { ExchangeAuthentication } from "./authentication.js";

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
  } as unknown as Hostcalls;
  const authentication = new ExchangeAuthentication(
    () => (state.over ? undefined : host),
    (message) => warnings.push(message),
  );
  return { state, warnings, authentication };
}

describe("authentication", () => {
  it("is undefined until a policy sets it, and when it is cleared, without a warning", () => {
    const { authentication, warnings } = exchange();
    expect(authentication.get()).toBeUndefined();
    authentication.set({ principal: "ada" });
    expect(authentication.get()).toMatchObject({ principal: "ada" });
    authentication.clear();
    expect(authentication.get()).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it("gives back what was set, with all that JSON holds", () => {
    const { authentication } = exchange();
    const whole = {
      principal: "Zoë/☃",
      clientId: "c-1",
      clientName: 'A "client"',
      properties: { scopes: ["a", "b"], claims: { age: 3, admin: false, none: null } },
    };
    authentication.set(whole);
    expect(authentication.get()).toEqual(whole);
    authentication.set({});
    expect(authentication.get()).toEqual({ properties: {} });
  });

  it("is a snapshot: what was set or got does not change it, and cannot be changed", () => {
    const { authentication } = exchange();
    const properties = { scopes: ["read"] };
    authentication.set({ principal: "ada", properties });
    properties.scopes.push("write");
    const got = authentication.get<{ scopes: string[] }>();
    expect(got?.properties.scopes).toEqual(["read"]);
    expect(() => got?.properties.scopes.push("write")).toThrow(TypeError);
    expect(() => {
      (got as { principal: string }).principal = "eve";
    }).toThrow(TypeError);
    authentication.set({ principal: "bob" });
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
    const { authentication, warnings } = exchange(text);
    expect([authentication.get(), authentication.get()]).toEqual([undefined, undefined]);
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
    const { authentication, state } = exchange();
    expect(() => {
      authentication.set(value as AuthenticationInit);
    }).toThrow(
      expect.objectContaining({ code: "AUTHENTICATION_VALUE", message: expect.stringContaining(message) as string }),
    );
    expect(state.bytes).toBeUndefined();
  });

  it("is gone with its exchange", () => {
    const { authentication, state } = exchange('{"principal":"ada"}');
    state.over = true;
    expect(authentication.get()).toBeUndefined();
    expect(() => {
      authentication.set({});
    }).toThrow(expect.objectContaining({ code: "EXCHANGE_OVER" }));
    expect(() => {
      authentication.clear();
    }).toThrow("authentication.clear() has no effect any more");
  });
});
