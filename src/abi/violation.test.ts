import { describe, expect, it } from "vitest";
import { decodeViolation, encodeViolation, type Violation } from "./violation.js";

const violations: Violation[] = [
  { policy: "guard", kind: "violation" },
  { policy: "guard", kind: "error", clientName: "na/me", clientId: "7/8" },
  { policy: "", kind: "violation", clientName: 'quote " back \\ line \n zero \0 ünï 水', clientId: "" },
];

describe("a violation as a stream property", () => {
  it.each(violations)("is read as it was written: %j", (violation) => {
    expect(decodeViolation(encodeViolation(violation))).toEqual(violation);
  });

  it.each([
    "",
    "null",
    "7",
    "[]",
    "{",
    '{"policy":"a"}',
    '{"policy":7,"kind":"violation"}',
    '{"policy":"a","kind":"other"}',
    "guard/\0/name/id",
  ])("is none where something else stands: %j", (text) => {
    expect(decodeViolation(Buffer.from(text))).toBeUndefined();
    expect(decodeViolation(undefined)).toBeUndefined();
  });

  it("has no more than what is known", () => {
    const bytes = Buffer.from('{"policy":"a","kind":"error","clientName":7,"clientId":null,"more":true}');
    expect(decodeViolation(bytes)).toEqual({ policy: "a", kind: "error" });
  });
});
