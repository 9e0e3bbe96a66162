import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../errors.js";
import { Response } from "./response.js";

const sent = (response: Response): [number, string[], string | undefined] => {
  response.check();
  const body = response.bodyBytes();
  return [response.status, response.headerList(), body && Buffer.from(body).toString("latin1")];
};

const codeOf = (call: () => unknown): ErrorCode | undefined => {
  try {
    call();
    return undefined;
  } catch (error) {
    return (error as { code?: ErrorCode }).code;
  }
};

describe("the builder", () => {
  it("makes an answer of a status, headers in order, and a body as UTF-8", () => {
    expect(
      sent(
        new Response(401)
          .withHeaders([
            ["WWW-Authenticate", "Bearer"],
            ["x", "1"],
          ])
          .withBody("ü"),
      ),
    ).toEqual([401, ["www-authenticate", "Bearer", "x", "1", "content-type", "text/plain;charset=UTF-8"], "\xc3\xbc"]);
  });

  it("never changes what it was called on, so that constants can be shared", () => {
    const base = new Response(200).withHeaders([["a", "1"]]);
    base.withHeaders([["a", "2"]]).withBody("x");
    base.withBody("y");
    expect(sent(base)).toEqual([200, ["a", "1"], undefined]);
    expect(sent(base)).toEqual(sent(base));
  });

  it("replaces the names given, keeps the others, and sends a name as often as it is given", () => {
    const response = new Response(200)
      .withHeaders([
        ["a", "1"],
        ["b", "1"],
        ["A", "2"],
      ])
      .withHeaders([
        ["B", "3"],
        ["set-cookie", "x"],
        ["set-cookie", "y"],
      ]);
    expect(sent(response)[1]).toEqual(["a", "1", "a", "2", "b", "3", "set-cookie", "x", "set-cookie", "y"]);
  });

  it("takes headers as pairs, an object or a map", () => {
    expect(sent(new Response(200).withHeaders({ a: "1", b: "2" }))[1]).toEqual(["a", "1", "b", "2"]);
    expect(sent(new Response(200).withHeaders(new Map([["a", "1"]])))[1]).toEqual(["a", "1"]);
  });

  it("leaves framing to the host", () => {
    expect(
      sent(
        new Response(200).withHeaders({
          "Content-Length": "9",
          "transfer-encoding": "chunked",
          connection: "close",
          x: "1",
        }),
      )[1],
    ).toEqual(["x", "1"]);
  });

  it("says that a text is one, unless the answer has a content-type, in whatever order it is made", () => {
    const html = { "Content-Type": "text/html" };
    for (const made of [
      new Response(200).withHeaders(html).withBody("<p>"),
      new Response(200).withBody("<p>").withHeaders(html),
    ]) {
      expect(sent(made)).toEqual([200, ["content-type", "text/html"], "<p>"]);
    }
    expect(sent(new Response(200).withBody(""))[1]).toEqual([]);
    expect(codeOf(() => new Response(204).withBody("").check())).toBeUndefined();
  });

  it("takes bytes for a body", () => {
    expect(sent(new Response(200).withBody(new Uint8Array([65])))[1]).toEqual([]);
    expect(sent(new Response(200).withBody(new Uint8Array([0, 255])))[2]).toBe("\0\xff");
  });
});

describe("the web's form", () => {
  it("is a body and an init", () => {
    expect(sent(new Response("text", { status: 201, headers: { x: "1" } }))).toEqual([
      201,
      ["x", "1", "content-type", "text/plain;charset=UTF-8"],
      "text",
    ]);
    expect(sent(new Response("text", { headers: { "Content-Type": "a/b" } }))).toEqual([
      200,
      ["content-type", "a/b"],
      "text",
    ]);
    expect(sent(new Response(new Uint8Array([65])))).toEqual([200, [], "A"]);
    for (const empty of [new Response(), new Response(null), new Response(undefined, { status: 204 })]) {
      expect(sent(empty)[2]).toBeUndefined();
    }
  });

  it("means a status where it gets a number, which the web takes for a body", () => {
    expect(new Response(401).status).toBe(401);
  });
});

describe("json", () => {
  it("serialises, and says so", () => {
    expect(sent(Response.json({ a: 1 }))).toEqual([200, ["content-type", "application/json"], '{"a":1}']);
    expect(sent(Response.json(null, { status: 400, headers: { "content-type": "application/problem+json" } }))).toEqual(
      [400, ["content-type", "application/problem+json"], "null"],
    );
  });

  it("refuses what JSON cannot say", () => {
    expect(codeOf(() => Response.json(undefined))).toBe("RESPONSE_BODY");
  });
});

describe("what cannot be sent is refused", () => {
  it("with a word on JSON where an object is given for a body", () => {
    expect(() => new Response(200).withBody({ a: 1 } as never)).toThrow(
      "expected a string or a Uint8Array, got object; for JSON give JSON.stringify(value)",
    );
    expect(() => new Response(200).withBody(7 as never)).toThrow("expected a string or a Uint8Array, got number.");
  });

  it.each([100, 101, 199, 600, 0, -1, 200.5, NaN, Infinity])("status %d", (status) => {
    expect(codeOf(() => new Response(status))).toBe("RESPONSE_STATUS");
    expect(codeOf(() => new Response("x", { status }))).toBe("RESPONSE_STATUS");
  });

  it.each([[{}], [7n], [["a"]], [new ArrayBuffer(1)]])("body %s", (body) => {
    expect(codeOf(() => new Response(200).withBody(body as never))).toBe("RESPONSE_BODY");
    expect(codeOf(() => new Response(body as never))).toBe("RESPONSE_BODY");
  });

  it.each([
    ["a b", "x", "HEADER_NAME"],
    ["", "x", "HEADER_NAME"],
    ["a", "b\r\nc: d", "HEADER_VALUE"],
    ["a", 7, "HEADER_VALUE"],
    [":status", "200", "PSEUDO_HEADER"],
  ])("header %s: %s", (name, value, code) => {
    expect(codeOf(() => new Response(200).withHeaders([[name, value as string]]))).toBe(code);
    expect(codeOf(() => new Response("x", { headers: [[name, value as string]] }))).toBe(code);
  });

  it.each([204, 304])("a body or a content-type on a %d", (status) => {
    expect(codeOf(() => new Response(status).withBody("x").check())).toBe("RESPONSE_BODY_FORBIDDEN");
    expect(codeOf(() => new Response(status).withHeaders({ "content-type": "a/b" }).check())).toBe(
      "RESPONSE_BODY_FORBIDDEN",
    );
    expect(codeOf(() => new Response("x", { status }).check())).toBe("RESPONSE_BODY_FORBIDDEN");
    expect(sent(new Response(status).withHeaders({ etag: "x" }).withBody(""))).toEqual([
      status,
      ["etag", "x"],
      undefined,
    ]);
  });
});
