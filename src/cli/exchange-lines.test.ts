import { describe, expect, it } from "vitest";
import type { AccessEntry, ExchangeDetail } from "../gateway/index.js";
import { exchangeLines } from "./exchange-lines.js";

const now = new Date(2026, 0, 2, 3, 4, 5, 67);

const entry: AccessEntry = {
  requestId: "r",
  method: "GET",
  path: "/orders",
  route: "route-0",
  status: 200,
  details: "via_upstream",
  durationMilliseconds: 12.4,
  requestBytes: 0,
  responseBytes: 5,
  clientAddress: "127.0.0.1:4711",
};

const detail: ExchangeDetail = {
  policies: [
    { policy: "auth", decision: "continue" },
    { policy: "quota", decision: "break" },
  ],
  upstream: "orders",
  requestHeaders: [
    ":method",
    "GET",
    ":path",
    "/orders?token=abc",
    "authorization",
    "Bearer abcdef",
    "x-api-key",
    "k1",
    "accept",
    "*/*",
  ],
  forwardedHeaders: [
    ":method",
    "GET",
    ":path",
    "/orders?token=abc",
    "authorization",
    "Bearer abcdef",
    "accept",
    "*/*",
    "x-client",
    "acme",
  ],
  responseHeaders: [":status", "200", "set-cookie", "session=1", "content-length", "5"],
};

function plain(changes: Partial<AccessEntry>, verbose = false): string {
  return exchangeLines({ ...entry, ...changes }, { now, colors: false, verbose });
}

describe("the line of an exchange", () => {
  it("tells what was asked, what came of it, and what each policy decided", () => {
    expect(plain({})).toBe("03:04:05.067 GET /orders → 200 in 12 ms");
    expect(plain({ detail })).toBe("03:04:05.067 GET /orders → 200 in 12 ms · auth continue, quota break");
  });

  it("tells how it came to a status that no policy and no upstream gave", () => {
    expect(plain({ status: 404, details: "route_not_found" })).toMatch(/ → 404 in 12 ms · route_not_found$/);
    expect(plain({ status: 403, details: "local_reply:quota", detail })).toMatch(
      / → 403 in 12 ms · auth continue, quota break$/,
    );
    expect(
      plain({
        status: 0,
        details: "client_gone",
        detail: { ...detail, policies: [{ policy: "auth", decision: "cancel" }] },
      }),
    ).toMatch(/ → broken off in 12 ms · auth cancel · client_gone$/);
  });

  it("tells of partial requests and violations", () => {
    expect(plain({ partialRequestBy: "quota", violation: { policy: "quota", kind: "violation" } })).toMatch(
      / ms · a partial request, broken off by quota · violation of quota$/,
    );
  });

  it("tells who held an exchange for too long", () => {
    expect(plain({ status: 504, details: "stream_idle_timeout", heldBy: "quota" })).toMatch(
      / → 504 in 12 ms · stream_idle_timeout · held by quota$/,
    );
  });

  it("does nothing to a terminal, and is one line, whatever a client or a policy says", () => {
    const evil = "\u009b2J\u001b[1A\n12:00 forged\u202e";
    const shown = "\\u009b2J\\u001b[1A\\u000a12:00 forged\\u202e";
    const line = plain({
      method: evil,
      path: evil,
      status: 0,
      details: evil,
      partialRequestBy: evil,
      violation: { policy: evil, kind: "violation" },
      detail: { ...detail, policies: [{ policy: evil, decision: "break" }] },
    });
    expect(line.split("\n")).toHaveLength(1);
    expect(line.split(shown)).toHaveLength(7);
    const lines = plain({ detail: { ...detail, responseHeaders: ["x", evil], upstream: "u" } }, true);
    expect(lines.split("\n").at(-1)).toBe(`    x: ${shown}`);
  });

  it("is coloured by how it went", () => {
    const colored = exchangeLines({ ...entry, status: 503, detail }, { now, colors: true, verbose: false });
    expect(colored).toContain("\u001b[31m503\u001b[39m");
    expect(colored).toContain("\u001b[33mquota break\u001b[39m");
  });
});

describe("the lines below it", () => {
  it("show headers, bytes and what was changed for the upstream, without secrets", () => {
    expect(plain({ detail }, true).split("\n").slice(1)).toEqual([
      "  request from 127.0.0.1:4711, body 0 bytes",
      "    :method: GET",
      "    :path: /orders?token=[redacted]",
      "    authorization: [redacted]",
      "    x-api-key: [redacted]",
      "    accept: */*",
      "  forwarded to orders with changes",
      "    - x-api-key: [redacted]",
      "    + x-client: acme",
      "  response, body 5 bytes",
      "    :status: 200",
      "    set-cookie: [redacted]",
      "    content-length: 5",
    ]);
  });

  it("say so where nothing was forwarded, changed or answered", () => {
    const { requestHeaders } = detail;
    expect(plain({ detail: { ...detail, forwardedHeaders: undefined, responseHeaders: undefined } }, true)).toMatch(
      / {2}not forwarded to orders\n {2}no response$/,
    );
    expect(plain({ detail: { ...detail, forwardedHeaders: requestHeaders } }, true)).toContain(
      "\n  forwarded to orders as it came\n",
    );
    expect(plain({}, true)).not.toContain("\n");
  });
});
