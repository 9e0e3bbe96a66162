import { describe, expect, it } from "vitest";
import { FixedHeaders } from "./headers.js";
import { isJson } from "./media-type.js";

const headersOf = (...types: string[]): FixedHeaders =>
  new FixedHeaders(types.flatMap((type) => ["content-type", type]));

describe("isJson", () => {
  it.each([
    "application/json",
    "Application/JSON",
    " application/json ",
    "application/json;charset=utf-8",
    'application/json ; a="x, y"',
    "application/problem+json",
    "application/vnd.api+json; version=1",
    "model/gltf+JSON",
    "a/b+xml+json",
  ])("is true for %j", (type) => {
    expect(isJson(headersOf(type))).toBe(true);
  });

  it.each([
    "",
    "json",
    "/json",
    "text/plain",
    "text/json",
    "application/jsonp",
    "application/json-seq",
    "application/+json",
    "application/json+x",
    "application/json/x",
    "application/json, text/html",
    "application/ json",
    "application/json charset=utf-8",
    "text/html; x=application/json",
    "text/html;+json",
    "applicatıon/json",
  ])("is false for %j", (type) => {
    expect(isJson(headersOf(type))).toBe(false);
  });

  it("is false without a type, and with two", () => {
    expect(isJson(headersOf())).toBe(false);
    expect(isJson(headersOf("application/json", "application/json"))).toBe(false);
  });

  it.each([" ", "a", "a/", "+json", "+"])("answers for a million times %j", (piece) => {
    expect(isJson(headersOf(`a/${piece.repeat(1_000_000 / piece.length)}`))).toBe(false);
  });
});
