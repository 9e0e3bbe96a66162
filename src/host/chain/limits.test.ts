import { describe, expect, it } from "vitest";
import {
  ChainHarness,
  type GuestScript,
  policy,
  settled,
  type TestExchange,
} from "../../../test/support/chain-harness.js";
import { DataStatus, HeadersStatus, MapType, StreamType } from "../../abi/constants.js";
import type { ExchangeLimits } from "../exchange.js";

function post(chain: ChainHarness, limits: Partial<ExchangeLimits> = { bodyBytes: 4 }): TestExchange {
  return chain.open(["POST", [], false], limits);
}

describe("backpressure", () => {
  it.each<[string, GuestScript]>([
    [
      "gathered",
      { onRequestHeaders: () => HeadersStatus.StopIteration, onRequestBody: () => DataStatus.StopIterationAndBuffer },
    ],
    ["kept with watermark", { onRequestBody: () => DataStatus.StopIterationAndWatermark }],
    ["held back whole", { onRequestHeaders: () => HeadersStatus.StopAllIterationAndWatermark }],
  ])("pauses the client only when more than the limit is %s, and resumes it when let go", async (_name, script) => {
    const chain = new ChainHarness(policy("a", () => script));
    const exchange = post(chain);
    exchange.send("1234");
    expect(exchange.downstream.requestPaused).toBe(false);
    exchange.send("5");
    expect(exchange.downstream.requestPaused).toBe(true);
    const { host, id } = chain.tool(0);
    host.setEffectiveContext(id);
    script.onRequestBody = () => DataStatus.Continue;
    host.continueStream(StreamType.Request);
    await settled();
    expect(exchange.downstream.requestPaused).toBe(false);
    expect(exchange.forward.body).toBe("12345");
  });

  it("counts each filter apart, so that two gathering filters do not wait for each other", () => {
    let first: DataStatus = DataStatus.Continue;
    const chain = new ChainHarness(
      policy("a", () => ({ onRequestBody: () => first })),
      policy("b", () => ({ onRequestBody: () => DataStatus.StopIterationAndBuffer })),
    );
    const exchange = post(chain);
    exchange.send("123");
    first = DataStatus.StopIterationAndBuffer;
    exchange.send("456");
    expect(exchange.downstream.requestPaused).toBe(false);
  });

  it("pauses the client while the upstream is full", () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = post(chain);
    exchange.forward.full = true;
    exchange.send("x");
    expect(exchange.downstream.requestPaused).toBe(true);
    exchange.forward.full = false;
    exchange.forward.sink.onDrain();
    expect(exchange.downstream.requestPaused).toBe(false);
  });

  it("pauses the upstream while the client is full or a filter keeps too much", async () => {
    const chain = new ChainHarness(
      policy("a", () => ({
        onResponseBody: (_id, size) => (size > 1 ? DataStatus.StopIterationAndBuffer : DataStatus.Continue),
      })),
    );
    const exchange = chain.open(["GET", [], true], { bodyBytes: 4 });
    exchange.downstream.full = true;
    exchange.forward.sink.onHeaders(200, [], false);
    exchange.forward.data("x");
    expect(exchange.forward.responsePaused).toBe(true);
    exchange.drain();
    expect(exchange.forward.responsePaused).toBe(false);
    exchange.forward.data("12345");
    expect(exchange.forward.responsePaused).toBe(true);
    chain.tool(0).host.setEffectiveContext(chain.tool(0).id);
    chain.tool(0).host.continueStream(StreamType.Response);
    await settled();
    expect(exchange.forward.responsePaused).toBe(false);
    expect(exchange.downstream.body).toBe("x12345");
  });

  it("lets the rest of a request run out that is not wanted any more", () => {
    let answering = false;
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onRequestBody: () => {
          if (answering) {
            host.sendLocalResponse(413, "", undefined, [], -1);
          }
          return DataStatus.StopIterationAndBuffer;
        },
      })),
    );
    const exchange = post(chain);
    exchange.send("12345");
    expect(exchange.downstream.requestPaused).toBe(true);
    answering = true;
    exchange.send("6");
    expect(exchange.downstream).toMatchObject({ requestPaused: false, status: 413 });
  });

  it("may be answered at once by the source: the data of a resumed client goes on in order", () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = post(chain);
    exchange.forward.full = true;
    exchange.send("1");
    exchange.downstream.resumeRequest = () => {
      exchange.send("2", true);
    };
    exchange.forward.full = false;
    exchange.forward.sink.onDrain();
    expect(exchange.forward).toMatchObject({ body: "12", ended: true });
  });

  it("streams a large body without keeping it", () => {
    const chain = new ChainHarness(policy("a"), policy("b"));
    const exchange = post(chain, { bodyBytes: 10 });
    const chunk = "x".repeat(100);
    for (let index = 0; index < 100; index++) {
      exchange.send(chunk);
      expect(exchange.forward.chunks).toHaveLength(index + 1);
    }
    expect(exchange.downstream.requestPaused).toBe(false);
  });
});

describe("100 Continue", () => {
  it("is sent when the head is forwarded", () => {
    expect(new ChainHarness(policy("a")).post().downstream.continues).toBe(1);
  });

  it("is sent when a filter holds the head and wants the body", () => {
    const chain = new ChainHarness(policy("a", () => ({ onRequestHeaders: () => HeadersStatus.StopIteration })));
    expect(chain.post().downstream.continues).toBe(1);
  });

  it("is not sent while a filter wants nothing yet, nor for a request without body, nor for one refused on its head", () => {
    const waiting = new ChainHarness(
      policy("a", () => ({ onRequestHeaders: () => HeadersStatus.StopAllIterationAndWatermark })),
    );
    expect(waiting.post().downstream.continues).toBe(0);
    expect(new ChainHarness(policy("a")).get().downstream.continues).toBe(0);
    const refusing = new ChainHarness(
      policy("a", ({ host }) => ({
        onRequestHeaders: () => {
          host.sendLocalResponse(403, "", undefined, [], -1);
          return HeadersStatus.StopIteration;
        },
      })),
    );
    expect(refusing.post().downstream.continues).toBe(0);
  });
});

describe("time limits", () => {
  const limits = { upstreamResponseMilliseconds: 1000, streamIdleMilliseconds: 5000 };

  it("answer 504 when the response head does not come in time after the complete request", () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = post(chain, limits);
    chain.clock.advance(3000);
    exchange.send("x", true);
    chain.clock.advance(999);
    expect(exchange.downstream.heads).toBe(0);
    chain.clock.advance(1);
    expect(exchange.downstream).toMatchObject({ status: 504, ended: true });
    expect(exchange.forward.resets).toBe(1);
    expect(exchange.end).toMatchObject({ details: "upstream_timeout", durationMilliseconds: 4000 });
    expect(chain.upstreamFailures).toEqual(["backend:timeout"]);
    expect(chain.events).toContain("a.responseHeaders end");
  });

  it.each([
    ["0", 0],
    ["5000", 504],
    ["", 504],
  ])("of the response a policy takes off by the header that says %j, which goes no further", (value, status) => {
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onRequestHeaders: () => {
          host.replaceHeaderMapValue(MapType.RequestHeaders, "x-envoy-upstream-rq-timeout-ms", value);
          return HeadersStatus.Continue;
        },
      })),
    );
    const exchange = chain.open(["GET", [], true], limits);
    expect(exchange.forward.headers).not.toContain("x-envoy-upstream-rq-timeout-ms");
    chain.clock.advance(4_999);
    expect(exchange.downstream.status).toBe(status);
    chain.clock.advance(1);
    expect(exchange.downstream.status).toBe(504);
  });

  it("reset a response on which no byte moves", () => {
    const chain = new ChainHarness();
    const exchange = chain.open(["GET", [], true], limits);
    exchange.forward.sink.onHeaders(200, [], false);
    chain.clock.advance(4000);
    exchange.forward.data("x");
    chain.clock.advance(4000);
    expect(exchange.downstream.resets).toBe(0);
    chain.clock.advance(1000);
    expect(exchange.downstream.resets).toBe(1);
    expect(exchange.end?.details).toBe("stream_idle_timeout");
  });

  it("run anew for the response on which bytes move, and on for the others", () => {
    const chain = new ChainHarness();
    const shared = { bodyBytes: 1, ...limits };
    const [first, second, third] = [1, 2, 3].map(() => {
      const exchange = chain.open(["GET", [], true], shared);
      const { forward } = exchange;
      forward.sink.onHeaders(200, [], false);
      return { exchange, forward };
    });
    chain.clock.advance(3000);
    second?.forward.data("x");
    chain.clock.advance(2000);
    expect([first, second, third].map((entry) => entry?.exchange.downstream.resets)).toEqual([1, 0, 1]);
    chain.clock.advance(3000);
    expect(second?.exchange.downstream.resets).toBe(1);
  });

  it("end a request that stops moving on its way to the upstream", () => {
    const chain = new ChainHarness();
    const exchange = post(chain, limits);
    exchange.send("x");
    chain.clock.advance(5000);
    expect(exchange.downstream.status).toBe(504);
    expect(exchange.forward.resets).toBe(1);
  });

  it("share one timer, which close() cancels", async () => {
    const chain = new ChainHarness();
    const shared = { bodyBytes: 1, ...limits };
    const exchanges = [1, 2, 3].map(() => chain.open(["GET", [], true], shared));
    expect(chain.clock.pending).toBe(1);
    for (const forward of chain.upstreams.forwards) {
      forward.respond(200);
    }
    expect(exchanges.every((exchange) => exchange.downstream.ended)).toBe(true);
    await chain.chain.close();
    expect(chain.clock.pending).toBe(0);
  });

  it("hold for each exchange from its own beginning", () => {
    const chain = new ChainHarness();
    const first = chain.open(["GET", [], true], limits);
    chain.clock.advance(600);
    const second = chain.open(["GET", [], true], limits);
    chain.clock.advance(400);
    expect([first.downstream.status, second.downstream.status]).toEqual([504, 0]);
    chain.clock.advance(600);
    expect(second.downstream.status).toBe(504);
  });
});
