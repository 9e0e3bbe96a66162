import { describe, expect, it } from "vitest";
import { webApisMentioned } from "./web-apis-mentioned.js";

const mentioned = (code: string): string[] => [...webApisMentioned(code)].sort();

describe("the web APIs that a bundle mentions", () => {
  it.each([
    ["an identifier", "new URL(x);", ["URL"]],
    ["a property", "globalThis.crypto; self?.URL;", ["URL", "crypto"]],
    ["a string", "const name = 'structuredClone'; globalThis[name]();", ["structuredClone"]],
    ["a typeof", "if (typeof performance === 'object') f();", ["performance"]],
    ["a member of crypto", "crypto.subtle.digest('SHA-256', b);", ["crypto", "subtle"]],
    ["code inside of functions and templates", "const f = () => `${new Headers()}`;", ["Headers"]],
    ["code with a return, as in a CommonJS module", "return atob;", []],
  ])("are those in %s", (_where, code, names) => {
    expect(mentioned(code)).toEqual(names);
  });

  it("are none in comments, longer names and longer strings", () => {
    expect(mentioned("/* URL */ const URLs = 'a URL'; // crypto")).toEqual([]);
  });

  it.each([
    ["class", "class Headers {}"],
    ["class in a variable", "var Headers = class Headers {};"],
    ["function", "function Headers() {}"],
  ])("are not the bundle's own: a %s at its top level", (_what, declaration) => {
    expect(mentioned(`${declaration} new Headers();`)).toEqual([]);
    expect(mentioned(`${declaration} new globalThis.Headers();`)).toEqual(["Headers"]);
  });

  it("are still the web's where only a function has one of its own", () => {
    expect(mentioned("function f() { class Headers {} } new Headers();")).toEqual(["Headers"]);
  });
});
