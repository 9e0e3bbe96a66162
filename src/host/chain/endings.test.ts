import { describe, expect, it } from "vitest";
import { ChainHarness, policy } from "../../../test/support/chain-harness.js";
import { BufferType, DataStatus, HeadersStatus, MapType, Status } from "../../abi/constants.js";
import type { HeaderList } from "../../abi/port.js";

describe("an upstream that fails", () => {
  it.each([
    ["unreachable", 502, "upstream_unreachable"],
    ["reset", 502, "upstream_reset"],
    ["unknown-upstream", 502, "upstream_unknown"],
    ["timeout", 504, "upstream_timeout"],
  ] as const)("before its head is answered through the filters: %s %d", (failure, status, details) => {
    const chain = new ChainHarness(policy("a"));
    const exchange = chain.get();
    exchange.forward.sink.onFailure(failure, "why");
    expect(exchange.downstream).toMatchObject({ status, headers: [], ended: true });
    expect(chain.events).toContain("a.responseHeaders end");
    expect(exchange.end).toMatchObject({ status, details });
    expect(chain.upstreamFailures).toEqual([`backend:${failure}`]);
  });

  it("while a filter holds its head is answered straight to the client", () => {
    const chain = new ChainHarness(
      policy("a", () => ({
        onResponseHeaders: () => HeadersStatus.StopIteration,
        onResponseBody: () => DataStatus.StopIterationAndBuffer,
      })),
    );
    const exchange = chain.get();
    exchange.forward.sink.onHeaders(200, [], false);
    exchange.forward.data("x");
    exchange.forward.sink.onFailure("reset", "");
    expect(exchange.downstream).toMatchObject({ status: 502, heads: 1, body: "", ended: true });
  });

  it("with its head out breaks the exchange off", () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = chain.get();
    exchange.forward.sink.onHeaders(200, [], false);
    exchange.forward.sink.onFailure("reset", "");
    expect(exchange.downstream).toMatchObject({ status: 200, resets: 1, ended: false });
  });

  it("is no failure when the response was complete", () => {
    const chain = new ChainHarness(policy("a", () => ({ onResponseHeaders: () => HeadersStatus.StopIteration })));
    const exchange = chain.post();
    exchange.forward.respond(200);
    exchange.forward.sink.onFailure("reset", "");
    expect(chain.upstreamFailures).toEqual([]);
    expect(exchange.ends).toEqual([]);
    exchange.send("x");
    expect(exchange.forward.body).toBe("");
  });
});

describe("a client that cannot be given a head", () => {
  it("has got none, says the end", () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = chain.get();
    exchange.downstream.sendHeaders = () => {
      throw new TypeError("not to be sent");
    };
    exchange.forward.sink.onHeaders(200, [], false);
    expect(exchange.end).toMatchObject({ status: 0, details: "host_failure" });
    expect(exchange.downstream.resets).toBe(1);
  });
});

describe("a client that vanishes", () => {
  it("ends the exchange: no response filter runs, the upstream is reset", () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = chain.post();
    exchange.send("x");
    chain.events.length = 0;
    exchange.vanish();
    expect(chain.events).toEqual(["a.log", "a.done", "a.delete"]);
    expect(exchange.forward.resets).toBe(1);
    expect(exchange.ends).toMatchObject([{ status: 0, details: "client_gone", requestBytes: 1 }]);
    exchange.vanish();
    exchange.forward.respond(200);
    expect(exchange.ends).toHaveLength(1);
    expect(exchange.downstream.heads).toBe(0);
  });

  it("in the middle of a response is told apart from one that got it", () => {
    const chain = new ChainHarness();
    const exchange = chain.get();
    exchange.forward.sink.onHeaders(200, [], false);
    exchange.vanish();
    expect(exchange.end).toMatchObject({ status: 200, details: "client_gone" });
  });
});

describe("a listener that gives up", () => {
  it("answers with its status through the filters", () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = chain.post();
    exchange.abort(408, "request_timeout");
    expect(exchange.downstream.status).toBe(408);
    expect(chain.events).toContain("a.responseHeaders end");
    expect(exchange.end).toMatchObject({ status: 408, details: "request_timeout" });
    expect(exchange.end).not.toHaveProperty("partialRequestBy");
  });

  it("resets when a head is out", () => {
    const exchange = new ChainHarness().post();
    exchange.forward.sink.onHeaders(200, [], false);
    exchange.abort(408, "request_timeout");
    expect(exchange.downstream).toMatchObject({ status: 200, resets: 1 });
  });
});

describe("responses without a body", () => {
  it.each([204, 304])("%d drops what comes as one", (status) => {
    const chain = new ChainHarness(policy("a"));
    const exchange = chain.get();
    exchange.forward.sink.onHeaders(status, status === 304 ? ["content-length", "9"] : [], false);
    expect(chain.events).toContain("a.responseHeaders end");
    expect(exchange.downstream).toMatchObject({ status, ended: true, chunks: [] });
    expect(exchange.downstream.header("content-length")).toBe(status === 304 ? "9" : undefined);
  });

  it("to HEAD keep their content-length", () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = chain.open(["HEAD", [], true]);
    exchange.forward.sink.onHeaders(200, ["content-length", "9"], true);
    expect(exchange.downstream).toMatchObject({ headers: ["content-length", "9"], ended: true });
  });

  it("made so by a filter end at the head", () => {
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onResponseHeaders: () => {
          host.replaceHeaderMapValue(MapType.ResponseHeaders, ":status", "204");
          return HeadersStatus.Continue;
        },
      })),
    );
    const exchange = chain.get();
    exchange.forward.sink.onHeaders(200, ["content-length", "3"], false);
    expect(exchange.downstream).toMatchObject({ status: 204, headers: [], ended: true });
    expect(exchange.forward.resets).toBe(1);
  });
});

describe("framing", () => {
  it("drops a content-length that cannot be true from messages without a body", () => {
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onRequestHeaders: () => {
          host.replaceHeaderMapValue(MapType.RequestHeaders, "content-length", "5");
          return HeadersStatus.Continue;
        },
        onResponseHeaders: () => {
          host.replaceHeaderMapValue(MapType.ResponseHeaders, "content-length", "5");
          return HeadersStatus.Continue;
        },
      })),
    );
    const exchange = chain.get();
    expect(exchange.forward.headers).not.toContain("content-length");
    exchange.forward.respond(200);
    expect(exchange.downstream.headers).toEqual([]);
  });

  it.each([
    ["too long", "4"],
    ["too short", "6"],
  ])("never sends a request's body that is %s for its content-length", (_name, length) => {
    const chain = new ChainHarness();
    const exchange = chain.post(["content-length", length]);
    exchange.send("12345", true);
    expect(exchange.forward).toMatchObject({ resets: 1, body: "" });
    expect(exchange.downstream.status).toBe(500);
    expect(chain.hostFailures).toHaveLength(1);
  });

  it("breaks a response off that trailers end before its content-length is reached", () => {
    const exchange = new ChainHarness().get();
    exchange.forward.sink.onHeaders(200, ["content-length", "5"], false);
    exchange.forward.data("abc");
    exchange.forward.sink.onTrailers(["t", "1"]);
    expect(exchange.downstream).toMatchObject({ resets: 1, trailers: undefined, ended: false });
  });

  it("breaks a response off whose body a filter made longer than the content-length that is out", () => {
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onResponseBody: () => {
          host.setBufferBytes(BufferType.HttpResponseBody, 0, 9, Buffer.from("longer"));
          return DataStatus.Continue;
        },
      })),
    );
    const exchange = chain.get();
    exchange.forward.respond(200, ["content-length", "3"], "abc");
    expect(exchange.downstream).toMatchObject({ resets: 1, body: "", ended: false });
  });
});

describe("header maps", () => {
  it("of the request and the response can be read to the end, in onLog too", () => {
    const seen: HeaderList[] = [];
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onLog: () => {
          seen.push(
            host.getHeaderMapPairs(MapType.RequestHeaders).slice(6),
            host.getHeaderMapPairs(MapType.ResponseHeaders),
          );
          seen.push(host.getHeaderMapPairs(MapType.ResponseTrailers));
        },
      })),
    );
    const exchange = chain.get(["x-a", "1"]);
    exchange.forward.sink.onHeaders(200, ["x-b", "2"], false);
    exchange.forward.data("x");
    exchange.forward.sink.onTrailers(["x-c", "3"]);
    expect(seen).toEqual([
      [":path", "/a?b=1", "x-a", "1"],
      [":status", "200", "x-b", "2"],
      ["x-c", "3"],
    ]);
  });

  it("of a response are empty until it has reached the filter", () => {
    const chain = new ChainHarness(
      policy("a"),
      policy("b", () => ({ onResponseHeaders: () => HeadersStatus.StopIteration })),
    );
    const exchange = chain.get();
    const { host, id } = chain.tool(0);
    host.setEffectiveContext(id);
    expect(host.getHeaderMapPairs(MapType.ResponseHeaders)).toEqual([]);
    exchange.forward.respond(200);
    expect(host.getHeaderMapPairs(MapType.ResponseHeaders)).toEqual([]);
    expect(host.getHeaderMapValue(MapType.ResponseHeaders, ":status")).toBeUndefined();
    chain.tool(1).host.setEffectiveContext(chain.tool(1).id);
    expect(chain.tool(1).host.getHeaderMapValue(MapType.ResponseHeaders, ":status")).toBe("200");
  });

  it("that have left the filter refuse changes", () => {
    const results: Status[] = [];
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onRequestBody: () => {
          results.push(
            host.replaceHeaderMapValue(MapType.RequestHeaders, "x", "1"),
            host.addHeaderMapValue(MapType.RequestHeaders, "x", "1"),
            host.removeHeaderMapValue(MapType.RequestHeaders, "x"),
            host.setHeaderMapPairs(MapType.RequestHeaders, host.getHeaderMapPairs(MapType.RequestHeaders)),
            host.addHeaderMapValue(MapType.ResponseHeaders, "x", "1"),
            host.addHeaderMapValue(MapType.RequestTrailers, "x", "1"),
          );
          return DataStatus.Continue;
        },
      })),
    );
    chain.post().send("x");
    expect(results).toEqual(new Array(6).fill(Status.BadArgument));
  });

  it("give copies", () => {
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onRequestHeaders: () => {
          host.getHeaderMapPairs(MapType.RequestHeaders).push("x", "1");
          return HeadersStatus.Continue;
        },
      })),
    );
    expect(chain.get().forward.headers).not.toContain("x");
  });
});

describe("a chain", () => {
  it("closes when its last exchange is over and opens no more", async () => {
    const chain = new ChainHarness();
    const exchange = chain.get();
    expect(chain.chain.openExchanges).toBe(1);
    let closed = false;
    const closing = chain.chain.close().then(() => {
      closed = true;
    });
    await Promise.resolve();
    expect(closed).toBe(false);
    expect(() => chain.get()).toThrow("closed");
    exchange.forward.respond(200);
    await closing;
    expect(chain.chain.openExchanges).toBe(0);
  });

  it("forgets the contexts of exchanges that are over", () => {
    const chain = new ChainHarness(policy("a"));
    for (let index = 0; index < 300; index++) {
      chain.get().forward.respond(200);
    }
    expect(chain.policies[0]?.contexts.size).toBe(0);
  });

  it("reports a listener that throws and breaks the exchange off", () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = chain.get();
    exchange.downstream.sendHeaders = () => {
      throw new Error("socket");
    };
    exchange.forward.respond(200);
    expect(chain.hostFailures).toMatchObject([{ message: "socket" }]);
    expect(exchange.downstream.resets).toBe(1);
    expect(exchange.end?.details).toBe("host_failure");
    chain.get().forward.respond(200);
  });
});
