import { describe, expect, it } from "vitest";
import {
  ChainHarness,
  policy,
  settled,
  type TestExchange,
  type TestPolicy,
} from "../../../test/support/chain-harness.js";
import { DataStatus, HeadersStatus, MapType, StreamType } from "../../abi/constants.js";

function detailed(...policies: TestPolicy[]): ChainHarness {
  const chain = new ChainHarness(...policies);
  chain.wantsDetail = true;
  return chain;
}

/** Answers in the event of that name. */
function answering(name: string, event: "onRequestHeaders" | "onResponseHeaders", details = ""): TestPolicy {
  return policy(name, ({ host }) => ({
    [event]: () => {
      host.sendLocalResponse(403, details, undefined, [], -1);
      return HeadersStatus.Continue;
    },
  }));
}

function holding(name: string, event: "onRequestHeaders" | "onResponseHeaders"): TestPolicy {
  return policy(name, () => ({ [event]: () => HeadersStatus.StopAllIterationAndWatermark }));
}

const failing = policy("failing", () => ({
  onRequestHeaders: () => {
    throw new Error("no");
  },
}));

function decisions({ end }: TestExchange): string[] | undefined {
  return end?.detail?.policies.map(({ policy: name, decision }) => `${name} ${decision}`);
}

function respond(exchange: TestExchange): TestExchange {
  exchange.forward.sink.onHeaders(200, ["x-from", "backend"], true);
  return exchange;
}

describe("what each policy decided", () => {
  it("is to continue, where it lets everything pass", () => {
    expect(decisions(respond(detailed(policy("a"), policy("b")).get()))).toEqual(["a continue", "b continue"]);
  });

  it("is to break, for the one that answers the request; those behind are not told", () => {
    expect(decisions(detailed(policy("a"), answering("b", "onRequestHeaders"), policy("c")).get())).toEqual([
      "a continue",
      "b break",
    ]);
  });

  it("is to send, for the one that answers in place of the response", () => {
    expect(decisions(respond(detailed(policy("a"), answering("b", "onResponseHeaders")).get()))).toEqual([
      "a continue",
      "b send",
    ]);
  });

  it("is to close, for the one that breaks the exchange off", async () => {
    const chain = detailed(
      policy("a"),
      policy("b", ({ host }) => ({
        onRequestHeaders: () => {
          host.closeStream(StreamType.Request);
          return HeadersStatus.StopIteration;
        },
      })),
    );
    const exchange = chain.get();
    await settled();
    expect(decisions(exchange)).toEqual(["a continue", "b close"]);
  });

  it.each(["policy_failed", "filter_timeout", "filter_loop"])(
    "is failed, where the guest answers for a filter: %s",
    (details) => {
      expect(decisions(detailed(answering("a", "onRequestHeaders", `local_reply:a:${details}`)).get())).toEqual([
        "a failed",
      ]);
    },
  );

  it("is failed, where the guest throws", () => {
    expect(decisions(detailed(policy("a"), failing).get())).toEqual(["a continue", "failing failed"]);
  });

  it("is cancel, for those that hold a message when nobody wants it any more", () => {
    const asked = detailed(policy("a"), holding("b", "onRequestHeaders")).get();
    asked.vanish();
    expect(decisions(asked)).toEqual(["a continue", "b cancel"]);

    const answered = respond(detailed(holding("a", "onResponseHeaders"), policy("b")).get());
    answered.vanish();
    expect(decisions(answered)).toEqual(["a cancel", "b continue"]);
  });

  it("is cancel for one that gathers a body, when another one answers", () => {
    const chain = detailed(
      policy("a", ({ host }) => ({
        onRequestBody: (_id, _size, endOfStream) => {
          if (endOfStream) {
            host.sendLocalResponse(403, "", undefined, [], -1);
          }
          return DataStatus.Continue;
        },
      })),
      policy("b", () => ({ onRequestBody: () => DataStatus.StopIterationAndBuffer })),
    );
    const exchange = chain.post();
    exchange.send("one");
    exchange.send("two", true);
    expect(decisions(exchange)).toEqual(["a break", "b cancel"]);
  });
});

describe("the headers of an exchange", () => {
  it("are as they came, as the upstream got them, and as the client got them", () => {
    const chain = detailed(
      policy("a", ({ host }) => ({
        onRequestHeaders: () => {
          host.replaceHeaderMapValue(MapType.RequestHeaders, "x-a", "2");
          return HeadersStatus.Continue;
        },
      })),
    );
    const { end } = respond(chain.get(["x-a", "1"]));
    const pseudo = [":method", "GET", ":scheme", "http", ":authority", "example.com", ":path", "/a?b=1"];
    expect(end?.detail).toMatchObject({
      upstream: "backend",
      requestHeaders: [...pseudo, "x-a", "1"],
      forwardedHeaders: [...pseudo, "x-a", "2"],
      responseHeaders: [":status", "200", "x-from", "backend"],
    });
  });

  it("are left out where there were none", () => {
    expect(detailed(answering("a", "onRequestHeaders")).get().end?.detail?.forwardedHeaders).toBeUndefined();
    const exchange = detailed(holding("a", "onRequestHeaders")).get();
    exchange.vanish();
    expect(exchange.end?.detail?.responseHeaders).toBeUndefined();
  });
});
