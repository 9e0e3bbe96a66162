import { describe, expect, it } from "vitest";
import { redact } from "./redact.js";
import { isError, messageOf, stackOf, textOf } from "./thrown.js";

const revoked = Proxy.revocable({}, {});
revoked.revoke();
const fail = (): never => {
  throw new Error("trap");
};
const hostile = new Proxy(new Error("hidden"), { get: fail, getPrototypeOf: fail, has: fail, ownKeys: fail });
class Unreadable extends Error {
  override get message(): string {
    return fail();
  }
  override get stack(): string {
    return fail();
  }
}
const wordless = Object.assign(new Error("x"), { message: Object.create(null) as string, stack: 7 as never });

describe("what was thrown is described without throwing where it is", () => {
  it.each([
    ["an error", new Error("plain"), "plain"],
    ["a text", "text", "text"],
    ["undefined", undefined, "undefined"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["an object without a prototype", Object.create(null), "[object without a text]"],
    ["a frozen one", Object.freeze({ a: 1 }), "[object Object]"],
    ["an object whose toString throws", { toString: fail }, "[object without a text]"],
    ["a proxy whose traps throw", hostile, "[object without a text]"],
    ["a revoked proxy", revoked.proxy, "[object without a text]"],
    ["an error whose getters throw", new Unreadable(), "undefined"],
    ["an error whose message is no text", wordless, "[object without a text]"],
  ])("%s", (_what, thrown: unknown, message) => {
    expect(messageOf(thrown)).toBe(message);
    expect(["string", "undefined"]).toContain(typeof stackOf(thrown));
    expect(typeof isError(thrown)).toBe("boolean");
    expect(typeof textOf(thrown)).toBe("string");
    expect(typeof JSON.stringify({ thrown: redact({ error: thrown }) })).toBe("string");
  });

  it("an error has its stack", () => {
    expect(stackOf(new Error("plain"))).toContain("thrown.test.ts");
  });

  it("a long message is cut, and does not take the place of the frames", () => {
    const error = new Error("m".repeat(5_000_000));
    expect(messageOf(error)).toMatch(/^m{8000,8192}… \(5000000 characters\)$/);
    expect(stackOf(error)).toMatch(/^Error: …\n +at .*thrown\.test\.ts/);
  });
});
