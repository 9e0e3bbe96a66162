import { describe, expect, it } from "vitest";
import {
  ChainHarness,
  policy,
  type ScriptTools,
  settled,
  type TestPolicy,
} from "../../../test/support/chain-harness.js";
import { DataStatus, HeadersStatus, MapType, Status, StreamType } from "../../abi/constants.js";
import type { HeaderList } from "../../abi/port.js";

const pass = HeadersStatus.Continue;

function answer(tools: ScriptTools, status = 403, body?: string, headers: HeaderList = []): Status {
  return tools.host.sendLocalResponse(status, "", body === undefined ? undefined : Buffer.from(body), headers, -1);
}

/** Answers when the request's head comes. */
function answering(name: string, ...args: [number, string?, HeaderList?]): TestPolicy {
  return policy(name, (tools) => ({
    onRequestHeaders: () => {
      answer(tools, ...args);
      return pass;
    },
  }));
}

describe("an answer to a request", () => {
  it("passes the response filters of all policies that saw the request, the answering one included", () => {
    const chain = new ChainHarness(policy("a"), answering("b", 401, "no", ["www-authenticate", "Basic"]), policy("c"));
    const exchange = chain.get();
    expect(chain.events).toEqual([
      "a.create",
      "a.requestHeaders end",
      "b.create",
      "b.requestHeaders end",
      "b.responseHeaders",
      "a.responseHeaders",
      "b.responseBody 2 end",
      "a.responseBody 2 end",
      "a.log",
      "b.log",
      "a.done",
      "a.delete",
      "b.done",
      "b.delete",
    ]);
    expect(exchange.downstream).toMatchObject({ status: 401, body: "no", ended: true });
    expect(exchange.downstream.headers).toEqual(["www-authenticate", "Basic", "content-length", "2"]);
    expect(exchange.end).toMatchObject({ status: 401, details: "local_reply:b", responseBytes: 2 });
    expect(chain.upstreams.forwards).toEqual([]);
  });

  it("can be changed by response filters, which may gather it", () => {
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onResponseHeaders: () => HeadersStatus.StopIteration,
        onResponseBody: (_id, size) => {
          tools.host.setBufferBytes(1, 0, size, Buffer.from("changed"));
          tools.host.replaceHeaderMapValue(MapType.ResponseHeaders, "content-length", "7");
          return DataStatus.Continue;
        },
      })),
      answering("b", 403, "no"),
    );
    expect(chain.get().downstream).toMatchObject({ status: 403, headers: ["content-length", "7"], body: "changed" });
  });

  it.each([
    { content: "application/grpc", given: -1, headers: ["grpc-status", "7", "grpc-message", "no"] },
    { content: "application/grpc+proto", given: 8, headers: ["grpc-status", "8", "grpc-message", "no"] },
    { content: "application/grpc", given: 17, headers: ["grpc-status", "7", "grpc-message", "no"] },
  ])("to a request of $content, given $given for its status, is one of gRPC", ({ content, given, headers }) => {
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onRequestHeaders: () => {
          // What the policy makes of the header later changes nothing.
          tools.host.replaceHeaderMapValue(MapType.RequestHeaders, "content-type", "text/plain");
          tools.host.sendLocalResponse(403, "", Buffer.from("no"), ["content-type", "text/plain"], given);
          return pass;
        },
      })),
    );
    expect(chain.get(["content-type", content]).downstream).toMatchObject({
      status: 200,
      headers: ["content-type", "application/grpc", ...headers],
      body: "",
      ended: true,
    });
  });

  it("takes effect when the event has returned, and the event's status is then of no account", () => {
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onRequestHeaders: () => {
          answer(tools, 403);
          tools.events.push("a.still running");
          return HeadersStatus.StopAllIterationAndWatermark;
        },
      })),
    );
    expect(chain.get().downstream.status).toBe(403);
    expect(chain.events.slice(2, 4)).toEqual(["a.still running", "a.responseHeaders end"]);
  });

  it("counts only once: a second one in the same event changes nothing", () => {
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onRequestHeaders: () => {
          answer(tools, 403, "first");
          answer(tools, 500, "second");
          return pass;
        },
      })),
    );
    expect(chain.get().downstream).toMatchObject({ status: 403, body: "first", heads: 1 });
  });

  it("ends the request for all filters, even while a filter holds the answer", () => {
    const chain = new ChainHarness(
      policy("outer", () => ({ onResponseHeaders: () => HeadersStatus.StopIteration })),
      answering("b", 403),
    );
    const exchange = chain.post();
    chain.events.length = 0;
    exchange.send("more", true);
    expect(chain.events).toEqual([]);
    expect(exchange.downstream.heads).toBe(0);
    expect(chain.upstreams.forwards).toEqual([]);
  });

  it("outside an event answers a held request", async () => {
    const chain = new ChainHarness(
      policy("a", () => ({ onRequestHeaders: () => HeadersStatus.StopAllIterationAndWatermark })),
    );
    const exchange = chain.get();
    const { host, id } = chain.tool(0);
    host.setEffectiveContext(id);
    answer(chain.tool(0), 403, "late");
    expect(exchange.downstream.heads).toBe(0);
    await settled();
    expect(exchange.downstream).toMatchObject({ status: 403, body: "late", ended: true });
  });

  it("reaches a policy whose request filter is still pending as a response", async () => {
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onRequestBody: () => {
          answer(tools, 413);
          return DataStatus.StopIterationAndBuffer;
        },
      })),
      policy("b", () => ({ onRequestHeaders: () => HeadersStatus.StopAllIterationAndWatermark })),
    );
    const exchange = chain.post();
    exchange.send("x");
    expect(chain.events.slice(4)).toEqual([
      "a.requestBody 1",
      "b.responseHeaders end",
      "a.responseHeaders end",
      "a.log",
      "b.log",
      "a.done",
      "a.delete",
      "b.done",
      "b.delete",
    ]);
    const { host, id } = chain.tool(1);
    expect(host.setEffectiveContext(id)).toBe(Status.BadArgument);
    await settled();
    expect(chain.upstreams.forwards).toEqual([]);
  });

  it.each([
    ["no body", 403, undefined, [], []],
    [
      "a wrong length given",
      403,
      "four",
      ["content-length", "9", "transfer-encoding", "chunked"],
      ["content-length", "4"],
    ],
    [
      "a content type given",
      403,
      "{}",
      ["content-type", "application/json"],
      ["content-type", "application/json", "content-length", "2"],
    ],
    ["204", 204, "none", ["content-type", "text/plain", "x-a", "1"], ["x-a", "1"]],
    ["304", 304, "none", ["content-length", "4"], []],
  ] as [string, number, string | undefined, HeaderList, HeaderList][])(
    "has true framing: %s",
    (_name, status, body, headers, expected) => {
      const { downstream } = new ChainHarness(
        policy("a", (tools) => ({
          onRequestHeaders: () => {
            answer(tools, status, body, headers);
            return pass;
          },
        })),
      ).get();
      expect(downstream.headers).toEqual(expected);
      expect(downstream.body).toBe(status < 300 || status === 304 ? "" : (body ?? ""));
      expect(downstream.ended).toBe(true);
    },
  );

  it("to HEAD keeps the length of the body and has none", () => {
    const chain = new ChainHarness(answering("a", 401, "no entry", ["content-type", "text/plain"]));
    const { downstream } = chain.open(["HEAD", [], true]);
    expect(downstream.headers).toEqual(["content-type", "text/plain", "content-length", "8"]);
    expect(downstream).toMatchObject({ body: "", ended: true, chunks: [] });
    expect(chain.events).toContain("a.responseHeaders end");
  });

  it("to HEAD may state the length without giving the body", () => {
    const chain = new ChainHarness(answering("a", 200, undefined, ["content-length", "1234"]));
    expect(chain.open(["HEAD", [], true]).downstream.headers).toEqual(["content-length", "1234"]);
  });

  it.each([
    [199, []],
    [600, []],
    [403.5, []],
    [403, [":status", "200"]],
    [403, ["x-a", "1\r\nx-b: 2"]],
    [403, ["x a", "1"]],
  ] as [number, HeaderList][])("that is not a legal response is refused: %d %j", (status, headers) => {
    let result: Status | undefined;
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onRequestHeaders: () => {
          result = answer(tools, status, undefined, headers);
          return pass;
        },
      })),
    );
    chain.get().forward.respond(200);
    expect(result).toBe(Status.BadArgument);
  });
});

describe("a partial request", () => {
  it("is reset, reported and recorded with the policy that broke it off", () => {
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onRequestBody: () => {
          answer(tools, 403);
          return DataStatus.StopIterationAndBuffer;
        },
      })),
    );
    const exchange = chain.post();
    expect(exchange.forward.resets).toBe(0);
    exchange.send("bad");
    expect(exchange.forward).toMatchObject({ resets: 1, body: "" });
    expect(exchange.end).toMatchObject({ status: 403, partialRequestBy: "a" });
    expect(chain.partialRequests).toEqual(["a"]);
  });

  it("is none when the upstream has got the whole request", async () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = chain.get();
    chain.tool(0).host.setEffectiveContext(chain.tool(0).id);
    answer(chain.tool(0), 503);
    await settled();
    expect(exchange.downstream.status).toBe(503);
    expect(exchange.forward.resets).toBe(1);
    expect(exchange.end?.partialRequestBy).toBeUndefined();
    expect(chain.partialRequests).toEqual([]);
  });

  it("is none when the head was held", () => {
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onRequestHeaders: () => HeadersStatus.StopIteration,
        onRequestBody: () => {
          answer(tools, 403);
          return DataStatus.StopIterationAndBuffer;
        },
      })),
    );
    const exchange = chain.post();
    exchange.send("bad");
    expect(chain.upstreams.forwards).toEqual([]);
    expect(exchange.end).not.toHaveProperty("partialRequestBy");
  });
});

describe("an answer in the response phase", () => {
  it("goes straight to the client, past the policies nearer to it", () => {
    const chain = new ChainHarness(
      policy("a"),
      policy("b", (tools) => ({
        onResponseHeaders: () => {
          answer(tools, 299, "mine", ["x-b", "1"]);
          return pass;
        },
      })),
      policy("c"),
    );
    const exchange = chain.get();
    exchange.forward.sink.onHeaders(200, ["x-up", "1"], false);
    expect(chain.events.slice(6)).toEqual([
      "c.responseHeaders",
      "b.responseHeaders",
      "a.log",
      "b.log",
      "c.log",
      "a.done",
      "a.delete",
      "b.done",
      "b.delete",
      "c.done",
      "c.delete",
    ]);
    expect(exchange.downstream).toMatchObject({
      status: 299,
      headers: ["x-b", "1", "content-length", "4"],
      body: "mine",
    });
    expect(exchange.forward.resets).toBe(1);
    expect(exchange.end).toMatchObject({ status: 299, details: "local_reply:b" });
  });

  it.each([204, 304])("gives a body to a response that had none: %d", (status) => {
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onResponseHeaders: () => {
          answer(tools, 200, "now");
          return pass;
        },
      })),
    );
    const exchange = chain.get();
    exchange.forward.respond(status);
    expect(exchange.downstream).toMatchObject({
      status: 200,
      headers: ["content-length", "3"],
      body: "now",
      ended: true,
    });
    expect(exchange.forward.resets).toBe(0);
  });

  it("outside an event replaces a held response", async () => {
    const chain = new ChainHarness(
      policy("a", () => ({
        onResponseHeaders: () => HeadersStatus.StopIteration,
        onResponseBody: () => DataStatus.StopIterationAndBuffer,
      })),
    );
    const exchange = chain.get();
    exchange.forward.respond(200, [], "theirs");
    chain.tool(0).host.setEffectiveContext(chain.tool(0).id);
    answer(chain.tool(0), 500);
    await settled();
    expect(exchange.downstream).toMatchObject({ status: 500, body: "", heads: 1, ended: true });
  });

  it("breaks the exchange off when the head is out", () => {
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onResponseBody: () => {
          answer(tools, 500);
          return DataStatus.StopIterationAndBuffer;
        },
      })),
    );
    const exchange = chain.get();
    exchange.forward.sink.onHeaders(200, [], false);
    exchange.forward.data("x");
    expect(exchange.downstream).toMatchObject({ status: 200, resets: 1, ended: false, body: "" });
    expect(exchange.forward.resets).toBe(1);
    expect(exchange.ends).toHaveLength(1);
  });

  it("by a request filter whose request the upstream has answered already goes straight to the client too", () => {
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onRequestBody: () => {
          answer(tools, 403);
          return DataStatus.Continue;
        },
        onResponseHeaders: () => HeadersStatus.StopIteration,
      })),
    );
    const exchange = chain.post();
    exchange.forward.sink.onHeaders(200, [], false);
    exchange.send("bad");
    expect(exchange.downstream).toMatchObject({ status: 403, heads: 1, ended: true });
    expect(exchange.end).not.toHaveProperty("partialRequestBy");
  });
});

describe("closing a stream", () => {
  it("resets client and upstream after the event", () => {
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onRequestBody: () => {
          host.closeStream(StreamType.Request);
          return DataStatus.Continue;
        },
      })),
    );
    const exchange = chain.post();
    exchange.send("x");
    expect(exchange.downstream).toMatchObject({ resets: 1, heads: 0 });
    expect(exchange.forward).toMatchObject({ resets: 1, body: "" });
    expect(exchange.end).toMatchObject({ status: 0, details: "closed:a", partialRequestBy: "a" });
  });
});

describe("a guest that throws", () => {
  function throwing(event: string): TestPolicy {
    return policy("a", () => ({
      [event]: (_id: number, parentOrOther: unknown) => {
        // The root context is created without trouble, or there would be no policy.
        if (event !== "onContextCreate" || parentOrOther !== 0) {
          throw new Error(`in ${event}`);
        }
      },
    }));
  }

  it.each(["onContextCreate", "onRequestHeaders", "onResponseHeaders"])("in %s fails closed with 500", (event) => {
    const chain = new ChainHarness(policy("outer"), throwing(event));
    const exchange = chain.get();
    if (event === "onResponseHeaders") {
      exchange.forward.respond(200, ["x-secret", "1"], "secret");
    }
    expect(exchange.downstream).toMatchObject({ status: 500, headers: [], body: "", ended: true });
    expect(chain.failures).toMatchObject([{ message: `in ${event}` }]);
    expect(chain.events.slice(-6)).toEqual(["outer.log", "a.log", "outer.done", "outer.delete", "a.done", "a.delete"]);
  });

  it("is asked nothing more about the exchange, but told its end", () => {
    const chain = new ChainHarness(throwing("onRequestHeaders"));
    chain.get();
    expect(chain.events).toEqual(["a.create", "a.requestHeaders end", "a.log", "a.done", "a.delete"]);
  });

  it("with the head out breaks the exchange off", () => {
    const chain = new ChainHarness(throwing("onResponseBody"));
    const exchange = chain.get();
    exchange.forward.respond(200, [], "x");
    expect(exchange.downstream).toMatchObject({ resets: 1, body: "", ended: false });
  });

  it("at the end of an exchange keeps nobody else from ending it", () => {
    const chain = new ChainHarness(throwing("onLog"), policy("b"));
    const exchange = chain.get();
    exchange.forward.respond(200);
    expect(exchange.downstream).toMatchObject({ status: 200, ended: true });
    expect(exchange.ends).toHaveLength(1);
    expect(chain.events.slice(-5)).toEqual(["b.log", "a.done", "a.delete", "b.done", "b.delete"]);
    expect(chain.failures).toHaveLength(1);
  });
});
