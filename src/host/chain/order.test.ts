import { describe, expect, it } from "vitest";
import { ChainHarness, policy } from "../../../test/support/chain-harness.js";
import { HeadersStatus, MapType, Status } from "../../abi/constants.js";

describe("the order of policies", () => {
  it("forwards and answers with no policy at all", () => {
    const chain = new ChainHarness();
    const exchange = chain.get(["x-a", "1"]);
    expect(exchange.forward).toMatchObject({ upstream: "backend", endOfStream: true });
    expect(exchange.forward.headers).toEqual([
      ":method",
      "GET",
      ":scheme",
      "http",
      ":authority",
      "example.com",
      ":path",
      "/a?b=1",
      "x-a",
      "1",
    ]);
    exchange.forward.respond(201, ["x-b", "2"], "hello");
    expect(exchange.downstream).toMatchObject({ status: 201, headers: ["x-b", "2"], body: "hello", ended: true });
    expect(exchange.ends).toEqual([
      { status: 201, details: "via_upstream", requestBytes: 0, responseBytes: 5, durationMilliseconds: 0 },
    ]);
    expect(exchange.forward.resets).toBe(0);
  });

  it("passes requests first to last and responses last to first, and ends with log, done, delete", () => {
    const chain = new ChainHarness(policy("a"), policy("b"));
    const exchange = chain.post();
    exchange.send("body", true);
    exchange.forward.respond(200, [], "answer");
    expect(chain.events).toEqual([
      "a.create",
      "a.requestHeaders",
      "b.create",
      "b.requestHeaders",
      "a.requestBody 4 end",
      "b.requestBody 4 end",
      "b.responseHeaders",
      "a.responseHeaders",
      "b.responseBody 6 end",
      "a.responseBody 6 end",
      "a.log",
      "b.log",
      "a.done",
      "a.delete",
      "b.done",
      "b.delete",
    ]);
    expect(exchange.forward.body).toBe("body");
    expect(exchange.downstream.body).toBe("answer");
  });

  it("creates a policy's context when the request reaches it", () => {
    const chain = new ChainHarness(
      policy("a", () => ({ onRequestHeaders: () => HeadersStatus.StopIteration })),
      policy("b"),
    );
    chain.get();
    expect(chain.events).toEqual(["a.create", "a.requestHeaders end"]);
  });

  it("shows edits of a head to the following policies and to the peer", () => {
    const seen: (string | undefined)[] = [];
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onRequestHeaders: () => {
          host.replaceHeaderMapValue(MapType.RequestHeaders, ":path", "/changed");
          host.addHeaderMapValue(MapType.RequestHeaders, "X-Tag", "1");
          host.addHeaderMapValue(MapType.RequestHeaders, "x-tag", "2");
          host.removeHeaderMapValue(MapType.RequestHeaders, "x-old");
          return HeadersStatus.Continue;
        },
        onResponseHeaders: () => {
          seen.push(host.getHeaderMapValue(MapType.ResponseHeaders, "x-from-b"));
          host.replaceHeaderMapValue(MapType.ResponseHeaders, ":status", "299");
          return HeadersStatus.Continue;
        },
      })),
      policy("b", ({ host }) => ({
        onRequestHeaders: () => {
          seen.push(host.getHeaderMapValue(MapType.RequestHeaders, ":path"));
          return HeadersStatus.Continue;
        },
        onResponseHeaders: () => {
          const headers = host.getHeaderMapPairs(MapType.ResponseHeaders);
          host.setHeaderMapPairs(MapType.ResponseHeaders, [...headers, "x-from-b", "yes"]);
          return HeadersStatus.Continue;
        },
      })),
    );
    const exchange = chain.get(["x-old", "1"]);
    exchange.forward.respond(200, ["set-cookie", "a", "set-cookie", "b"]);
    expect(exchange.forward.headers.slice(6)).toEqual([":path", "/changed", "x-tag", "1", "x-tag", "2"]);
    expect(exchange.downstream.status).toBe(299);
    expect(exchange.downstream.headers).toEqual(["set-cookie", "a", "set-cookie", "b", "x-from-b", "yes"]);
    expect(seen).toEqual(["/changed", "yes"]);
  });

  it("lets response filters run while the request still flows", () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = chain.post();
    exchange.send("one");
    exchange.forward.sink.onHeaders(200, [], false);
    exchange.forward.data("first");
    exchange.send("two", true);
    expect(exchange.forward.body).toBe("onetwo");
    exchange.forward.data("last", true);
    expect(exchange.downstream).toMatchObject({ status: 200, body: "firstlast", ended: true });
    expect(exchange.forward.resets).toBe(0);
  });

  it("ends with the response and resets what is left of the request", () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = chain.post();
    exchange.send("one");
    exchange.forward.respond(413, [], "too much");
    expect(exchange.downstream).toMatchObject({ status: 413, body: "too much", ended: true, resets: 0 });
    expect(exchange.forward.resets).toBe(1);
    expect(exchange.end).toMatchObject({ status: 413, details: "via_upstream" });
    exchange.send("two", true);
    expect(exchange.forward.body).toBe("one");
    expect(chain.partialRequests).toEqual([]);
  });

  it("passes trailers through every policy after the body", () => {
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onRequestTrailers: () => {
          expect(host.addHeaderMapValue(MapType.RequestTrailers, "x-sum", "2")).toBe(Status.Ok);
          return 0;
        },
      })),
      policy("b"),
    );
    const exchange = chain.post();
    exchange.send("one");
    exchange.sendTrailers(["x-sum", "1"]);
    exchange.forward.sink.onHeaders(200, [], false);
    exchange.forward.data("r");
    exchange.forward.sink.onTrailers(["grpc-status", "0"]);
    expect(exchange.forward.trailers).toEqual(["x-sum", "1", "x-sum", "2"]);
    expect(exchange.downstream.trailers).toEqual(["grpc-status", "0"]);
    expect(exchange.ends).toHaveLength(1);
    expect(chain.events.slice(4, 8)).toEqual([
      "a.requestBody 3",
      "b.requestBody 3",
      "a.requestTrailers",
      "b.requestTrailers",
    ]);
  });
});
