import { describe, expect, it } from "vitest";
import { SluiceError } from "../../errors.js";
import { evaluateBundle } from "./evaluate-bundle.js";

/** How a policy that runs this while it is loaded is refused. */
function refusal(code: string): string {
  try {
    evaluateBundle(`${code};\nexports.createGuest = () => {}; exports.checkConfig = () => [];`, "/p/policy.js");
  } catch (error) {
    return error instanceof SluiceError ? `${error.code}: ${error.message}` : String(error);
  }
  return "none";
}

describe("a policy that changes the language's objects while it is loaded", () => {
  it.each<[what: string, code: string, says: string, read: () => unknown]>([
    [
      "a new member",
      "String.prototype.shout = function () { return this; }",
      "String.prototype.shout",
      () => "shout" in String.prototype,
    ],
    ["another value of a member", "Array.prototype.at = () => 7", "Array.prototype.at", () => [1].at(0) === 7],
    ["a member taken away", "delete Array.prototype.at", "Array.prototype.at", () => typeof [].at === "undefined"],
    ["a member of a constructor", "Object.keys = () => []", "Object.keys", () => Object.keys({ a: 1 }).length === 0],
    ["a member of a namespace", "JSON.parse = () => 7", "JSON.parse", () => JSON.parse("1") === 7],
    [
      "a getter",
      "Object.defineProperty(Map.prototype, 'size', { get: () => 7 })",
      "Map.prototype.size",
      () => new Map().size,
    ],
    ["a symbol", "Array.prototype[Symbol.for('mine')] = 1", "Array.prototype[mine]", () => Symbol.for("mine") in []],
    [
      "a member of a hidden prototype",
      "Object.getPrototypeOf([][Symbol.iterator]()).mine = 1",
      "what syntax makes.mine",
      () => "mine" in [][Symbol.iterator](),
    ],
    ["a member of a web API", "Headers.prototype.mine = 1", "Headers.prototype.mine", () => "mine" in new Headers()],
  ])("is refused, and nobody else sees it: %s", (_what, code, says, read) => {
    expect(refusal(code)).toMatch(/^POLICY_BUNDLE: \/p\/policy\.js: the policy cannot be loaded: it changes /);
    expect(refusal(code)).toContain(says);
    expect(Boolean(read())).toBe(false);
  });

  it("leaves nothing behind where it throws, either", () => {
    expect(refusal("Number.prototype.mine = 1; throw new Error('broken')")).toContain("broken");
    expect("mine" in Number.prototype).toBe(false);
  });

  it("may still change objects of its own, and those that inherit", () => {
    expect(
      refusal(
        "const own = Object.create(Array.prototype); own.at = () => 7; class E extends Error { toString() { return ''; } } new E().name = 'mine'; globalThis.mine = 1",
      ),
    ).toBe("none");
  });
});
