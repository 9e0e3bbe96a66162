/** A filter that holds a message and never lets it go, as modules of any SDK can: HOLD_TIMEOUT. */
import { describe, expect, it } from "vitest";
import { ChainHarness, type GuestScript, policy } from "../../../test/support/chain-harness.js";
import { DataStatus, HeadersStatus, TrailersStatus } from "../../abi/constants.js";

const limits = { upstreamResponseMilliseconds: 1000, streamIdleMilliseconds: 5000 };
const named = (name: string, script: GuestScript) => policy(name, () => script);

const endOfRequest: GuestScript = { onRequestTrailers: () => TrailersStatus.StopIteration };
const requestBody: GuestScript = { onRequestBody: () => DataStatus.StopIterationAndBuffer, ...endOfRequest };
const requestHolds: [string, GuestScript][] = [
  ["its head", { onRequestHeaders: () => HeadersStatus.StopIteration, ...requestBody }],
  ["its head and everything after it", { onRequestHeaders: () => HeadersStatus.StopAllIterationAndWatermark }],
  ["its body", requestBody],
  ["its body, with backpressure", { onRequestBody: () => DataStatus.StopIterationAndWatermark, ...endOfRequest }],
  ["its trailers", endOfRequest],
];

const endOfResponse: GuestScript = { onResponseTrailers: () => TrailersStatus.StopIteration };
const responseBody: GuestScript = { onResponseBody: () => DataStatus.StopIterationAndBuffer, ...endOfResponse };
const responseHolds: [string, GuestScript][] = [
  ["its head", { onResponseHeaders: () => HeadersStatus.StopIteration, ...responseBody }],
  ["its head and everything after it", { onResponseHeaders: () => HeadersStatus.StopAllIterationAndWatermark }],
];

const lateResponseHolds: [string, GuestScript][] = [
  ["its body", responseBody],
  ["its body, with backpressure", { onResponseBody: () => DataStatus.StopIterationAndWatermark, ...endOfResponse }],
  ["its trailers", endOfResponse],
];

describe("a policy that holds a request for ever", () => {
  it.each(requestHolds)(
    "by %s is named, and the client gets 504, when no byte has moved for the limit",
    (_what, script) => {
      const chain = new ChainHarness(policy("before"), named("holder", script), policy("after"));
      const exchange = chain.open(["POST", [], false], limits);
      chain.clock.advance(3000);
      exchange.send("x");
      exchange.sendTrailers(["a", "b"]);
      chain.clock.advance(4999);
      expect(exchange.ends).toEqual([]);
      chain.clock.advance(1);
      expect(exchange.downstream).toMatchObject({ status: 504, ended: true });
      expect(exchange.end).toMatchObject({ details: "stream_idle_timeout", heldBy: "holder" });
      expect(chain.holdTimeouts).toEqual(["holder:5000"]);
    },
  );

  it("ends with 504 also where the request has nothing but a head", () => {
    const chain = new ChainHarness(named("holder", { onRequestHeaders: () => HeadersStatus.StopIteration }));
    const exchange = chain.open(["GET", [], true], limits);
    chain.clock.advance(5000);
    expect(exchange.end).toMatchObject({ status: 504, details: "stream_idle_timeout", heldBy: "holder" });
  });

  it("is named also where its client is held up by it", () => {
    const chain = new ChainHarness(named("holder", { onRequestBody: () => DataStatus.StopIterationAndBuffer }));
    const exchange = chain.open(["POST", [], false], { ...limits, bodyBytes: 1 });
    exchange.send("xx");
    chain.clock.advance(5000);
    expect(exchange.end).toMatchObject({ status: 504, heldBy: "holder" });
  });

  it("is not blamed for a client that sends no more", () => {
    const chain = new ChainHarness(named("gathers", { onRequestBody: () => DataStatus.StopIterationAndBuffer }));
    const exchange = chain.open(["POST", [], false], limits);
    exchange.send("x");
    chain.clock.advance(5000);
    expect(exchange.end).toMatchObject({ status: 504, details: "stream_idle_timeout" });
    expect(exchange.end?.heldBy).toBeUndefined();
    expect(chain.holdTimeouts).toEqual([]);
  });

  it("is told apart from the one behind it that waits for what it holds", () => {
    const chain = new ChainHarness(
      named("holder", { onRequestBody: () => DataStatus.StopIterationAndBuffer }),
      named("waits", { onRequestHeaders: () => HeadersStatus.StopIteration }),
    );
    const exchange = chain.open(["POST", [], false], limits);
    exchange.send("x", true);
    chain.clock.advance(5000);
    expect(exchange.end?.heldBy).toBe("holder");
  });
});

describe("a policy that holds a response for ever", () => {
  it.each(responseHolds)("by %s is named, and the client gets 504", (_what, script) => {
    const chain = new ChainHarness(policy("before"), named("holder", script), policy("after"));
    const exchange = chain.open(["GET", [], true], limits);
    exchange.forward.sink.onHeaders(200, [], false);
    exchange.forward.data("x", true);
    chain.clock.advance(5000);
    expect(exchange.downstream).toMatchObject({ status: 504, ended: true });
    expect(exchange.end).toMatchObject({ details: "stream_idle_timeout", heldBy: "holder" });
    expect(chain.holdTimeouts).toEqual(["holder:5000"]);
  });

  it.each(responseHolds)("that ends with its head, by %s, ends with 504", (_what, script) => {
    const chain = new ChainHarness(named("holder", script));
    const exchange = chain.open(["GET", [], true], limits);
    exchange.forward.sink.onHeaders(200, [], true);
    chain.clock.advance(5000);
    expect(exchange.end).toMatchObject({ status: 504, details: "stream_idle_timeout", heldBy: "holder" });
  });

  it.each(lateResponseHolds)(
    "by %s is named, and the exchange is broken off, since its head is out",
    (_what, script) => {
      const chain = new ChainHarness(named("holder", script));
      const exchange = chain.open(["GET", [], true], limits);
      const { forward } = exchange;
      forward.sink.onHeaders(200, [], false);
      forward.data("x");
      forward.sink.onTrailers(["a", "b"]);
      chain.clock.advance(5000);
      expect(exchange.downstream.resets).toBe(1);
      expect(exchange.end).toMatchObject({ status: 200, details: "stream_idle_timeout", heldBy: "holder" });
      expect(chain.holdTimeouts).toEqual(["holder:5000"]);
    },
  );

  it("is not blamed for an upstream that sends no more", () => {
    const chain = new ChainHarness(named("gathers", { onResponseHeaders: () => HeadersStatus.StopIteration }));
    const exchange = chain.open(["GET", [], true], limits);
    exchange.forward.sink.onHeaders(200, [], false);
    chain.clock.advance(5000);
    expect(exchange.end).toMatchObject({ status: 504, details: "stream_idle_timeout" });
    expect(exchange.end?.heldBy).toBeUndefined();
  });

  it("that is another policy's answer ends with 504", () => {
    const chain = new ChainHarness(
      named("holder", { onResponseHeaders: () => HeadersStatus.StopIteration }),
      policy("answers", ({ host }) => ({
        onRequestHeaders: () => {
          host.sendLocalResponse(403, "", undefined, [], -1);
          return HeadersStatus.StopIteration;
        },
      })),
    );
    const exchange = chain.open(["GET", [], true], limits);
    chain.clock.advance(5000);
    expect(exchange.end).toMatchObject({ status: 504, heldBy: "holder" });
  });
});

it("a policy that holds whatever it gets ends all the same: the answer to its request is held only once", () => {
  const chain = new ChainHarness(
    named("holder", {
      onRequestHeaders: () => HeadersStatus.StopIteration,
      onResponseHeaders: () => HeadersStatus.StopIteration,
    }),
  );
  const exchange = chain.open(["GET", [], true], limits);
  chain.clock.advance(10_000);
  expect(exchange.end).toMatchObject({ status: 504, details: "stream_idle_timeout", heldBy: "holder" });
});
