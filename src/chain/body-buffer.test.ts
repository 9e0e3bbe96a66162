import { describe, expect, it } from "vitest";
import { BodyBuffer } from "./body-buffer.js";

function buffer(...parts: string[]): BodyBuffer {
  const body = new BodyBuffer();
  for (const part of parts) {
    body.append(new BodyBuffer(Buffer.from(part)));
  }
  return body;
}

const text = (body: BodyBuffer): string => Buffer.concat([...body.chunks]).toString();

describe("a body buffer", () => {
  it("joins nothing for who looks at the last chunk alone", () => {
    const body = buffer("ab", "cde", "fgh");
    const seen = [body.slice(5, 3), body.slice(6, 1), body.slice(7, 9), body.slice(8, 1)];
    expect(seen.map((bytes) => Buffer.from(bytes).toString())).toEqual(["fgh", "g", "h", ""]);
    expect(body.chunks).toHaveLength(3);
    expect(Buffer.from(body.slice(4, 2)).toString()).toBe("ef");
    expect(body.chunks).toHaveLength(1);
  });

  it("keeps chunks as they came and reads across them", () => {
    const body = buffer("one", "", "two");
    expect(body.chunks).toHaveLength(2);
    expect(Buffer.from(body.slice(2, 2)).toString()).toBe("et");
    expect(Buffer.from(body.slice(4, 100)).toString()).toBe("wo");
    expect(body.slice(7, 1)).toHaveLength(0);
    expect(body.length).toBe(6);
  });

  it("gives copies and takes copies", () => {
    const chunk = Buffer.from("abc");
    const body = new BodyBuffer(chunk);
    body.slice(0, 3)[0] = 0;
    expect(text(body)).toBe("abc");
    const next = Buffer.from("xyz");
    body.splice(0, 3, next);
    next[0] = 0;
    expect(text(body)).toBe("xyz");
  });

  it.each([
    ["puts in front", 0, 0, "NEWonetwo"],
    ["replaces everything", 0, 6, "NEW"],
    ["replaces everything for any greater length", 0, 100, "NEW"],
    ["adds at the end", 6, 0, "onetwoNEW"],
    ["adds at the end from anywhere behind it", 60, 1, "onetwoNEW"],
  ])("%s", (_name, start, length, expected) => {
    const body = buffer("one", "two");
    expect(body.splice(start, length, Buffer.from("NEW"))).toBe(true);
    expect(text(body)).toBe(expected);
    expect(body.length).toBe(expected.length);
  });

  it.each([
    [0, 3],
    [1, 5],
    [3, 0],
  ])("refuses what proxy-wasm hosts cannot do: %d, %d", (start, length) => {
    const body = buffer("one", "two");
    expect(body.splice(start, length, Buffer.from("x"))).toBe(false);
    expect(text(body)).toBe("onetwo");
  });

  it("can be emptied", () => {
    const body = buffer("one");
    expect(body.splice(0, 3, new Uint8Array(0))).toBe(true);
    expect(body).toMatchObject({ length: 0, chunks: [] });
    expect(body.slice(0, 5)).toHaveLength(0);
  });
});
