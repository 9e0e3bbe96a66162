import { describe, expect, it } from "vitest";
import { ChainHarness, policy, type ScriptTools, settled } from "../../../test/support/chain-harness.js";
import {
  BufferType,
  DataStatus,
  HeadersStatus,
  MapType,
  Status,
  StreamType,
  TrailersStatus,
} from "../../abi/constants.js";

const hold = HeadersStatus.StopIteration;
const stopAll = HeadersStatus.StopAllIterationAndWatermark;
const { StopIterationAndBuffer: gather, StopIterationAndWatermark: keep, Continue: pass } = DataStatus;

function resume({ host, id }: ScriptTools, stream: StreamType): Promise<void> {
  expect(host.setEffectiveContext(id)).toBe(Status.Ok);
  expect(host.continueStream(stream)).toBe(Status.Ok);
  return settled();
}

describe("a held head", () => {
  it("with 1 stays at its filter, which gets the body; nobody behind it does", () => {
    const chain = new ChainHarness(
      policy("a", () => ({ onRequestHeaders: () => hold, onRequestBody: () => gather })),
      policy("b"),
    );
    const exchange = chain.post();
    exchange.send("one");
    exchange.send("two", true);
    expect(chain.events).toEqual(["a.create", "a.requestHeaders", "a.requestBody 3", "a.requestBody 6 end"]);
    expect(chain.upstreams.forwards).toEqual([]);
  });

  it("with 1 goes on when the body is let go, head first", () => {
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onRequestHeaders: () => hold,
        onRequestBody: (_id, _size, end) => {
          if (!end) {
            return gather;
          }
          host.addHeaderMapValue(MapType.RequestHeaders, "x-late", "1");
          return pass;
        },
      })),
      policy("b"),
    );
    const exchange = chain.post();
    exchange.send("one");
    exchange.send("two", true);
    expect(chain.events.slice(3)).toEqual([
      "a.requestBody 6 end",
      "b.create",
      "b.requestHeaders",
      "b.requestBody 6 end",
    ]);
    expect(exchange.forward.headers).toContain("x-late");
    expect(exchange.forward.body).toBe("onetwo");
    expect(exchange.forward.ended).toBe(true);
  });

  it("with 1 on a request without body waits for continue", async () => {
    const chain = new ChainHarness(policy("a", () => ({ onRequestHeaders: () => hold })));
    const exchange = chain.get();
    expect(chain.upstreams.forwards).toEqual([]);
    await resume(chain.tool(0), StreamType.Request);
    expect(exchange.forward.endOfStream).toBe(true);
  });

  it("with 4 delivers nothing until continued; then the head goes on and the kept body comes to the same filter first", async () => {
    const chain = new ChainHarness(
      policy("a", () => ({ onRequestHeaders: () => stopAll })),
      policy("b"),
    );
    const exchange = chain.post();
    exchange.send("one");
    exchange.send("two", true);
    expect(chain.events).toEqual(["a.create", "a.requestHeaders"]);
    await resume(chain.tool(0), StreamType.Request);
    expect(chain.events.slice(2)).toEqual([
      "b.create",
      "b.requestHeaders",
      "a.requestBody 6 end",
      "b.requestBody 6 end",
    ]);
    expect(exchange.forward.body).toBe("onetwo");
  });

  it("with 4 keeps trailers back too", async () => {
    const chain = new ChainHarness(
      policy("a", () => ({ onRequestHeaders: () => stopAll, onRequestBody: () => gather })),
    );
    const exchange = chain.post();
    exchange.send("one");
    exchange.sendTrailers(["t", "1"]);
    await resume(chain.tool(0), StreamType.Request);
    expect(chain.events.slice(2)).toEqual(["a.requestBody 3", "a.requestTrailers"]);
    expect(exchange.forward).toMatchObject({ body: "one", trailers: ["t", "1"], ended: true });
  });

  it("may be edited outside an event as long as it is held, and only then", async () => {
    const chain = new ChainHarness(policy("a", () => ({ onRequestHeaders: () => stopAll })));
    const exchange = chain.get();
    const { host, id } = chain.tool(0);
    host.setEffectiveContext(id);
    expect(host.replaceHeaderMapValue(MapType.RequestHeaders, "x-when", "held")).toBe(Status.Ok);
    await resume(chain.tool(0), StreamType.Request);
    expect(host.replaceHeaderMapValue(MapType.RequestHeaders, "x-when", "gone")).toBe(Status.BadArgument);
    expect(host.getHeaderMapValue(MapType.RequestHeaders, "x-when")).toBe("held");
    expect(exchange.forward.headers).toContain("held");
  });

  it("goes on at once when the filter continues inside the event, whatever it returns", () => {
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onRequestHeaders: () => {
          host.continueStream(StreamType.Request);
          return stopAll;
        },
      })),
    );
    expect(chain.get().forward.endOfStream).toBe(true);
  });

  it("of a response stays until continued, the client sees nothing", async () => {
    const chain = new ChainHarness(
      policy("a"),
      policy("b", () => ({
        onResponseHeaders: () => hold,
        onResponseBody: (_id, _size, end) => (end ? gather : keep),
      })),
    );
    const exchange = chain.get();
    exchange.forward.sink.onHeaders(200, [], false);
    exchange.forward.data("one");
    exchange.forward.data("two", true);
    expect(exchange.downstream.heads).toBe(0);
    const { host, id } = chain.tool(1);
    host.setEffectiveContext(id);
    expect(chain.tool(1).responseBody()).toBe("onetwo");
    host.setBufferBytes(BufferType.HttpResponseBody, 0, 6, Buffer.from("changed"));
    host.replaceHeaderMapValue(MapType.ResponseHeaders, "content-length", "7");
    await resume(chain.tool(1), StreamType.Response);
    expect(exchange.downstream).toMatchObject({
      status: 200,
      headers: ["content-length", "7"],
      body: "changed",
      ended: true,
    });
    expect(chain.events).toContain("a.responseBody 7 end");
  });
});

describe("a kept body", () => {
  it("shows everything with the new chunk after a 1, and can be replaced as a whole", () => {
    const seen: (string | undefined)[] = [];
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onRequestBody: (_id, size, end) => {
          seen.push(tools.requestBody());
          if (end) {
            tools.host.setBufferBytes(BufferType.HttpRequestBody, 0, size, Buffer.from("new"));
          }
          return end ? pass : gather;
        },
      })),
    );
    const exchange = chain.post();
    exchange.send("one");
    exchange.send("two");
    exchange.send("", true);
    expect(seen).toEqual(["one", "onetwo", "onetwo"]);
    expect(exchange.forward).toMatchObject({ body: "new", ended: true });
  });

  it("shows only the current chunk after a 2, and nothing outside its event", async () => {
    const seen: (string | undefined)[] = [];
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onRequestBody: () => {
          seen.push(tools.requestBody());
          return keep;
        },
      })),
    );
    const exchange = chain.post();
    exchange.send("one");
    exchange.send("two");
    const { host, id } = chain.tool(0);
    host.setEffectiveContext(id);
    seen.push(chain.tool(0).requestBody());
    expect(host.setBufferBytes(BufferType.HttpRequestBody, 0, 3, Buffer.from("x"))).toBe(Status.BadArgument);
    expect(seen).toEqual(["one", "two", undefined]);
    expect(exchange.forward.body).toBe("");
    await resume(chain.tool(0), StreamType.Request);
    expect(exchange.forward.body).toBe("onetwo");
    exchange.send("three");
    expect(seen.at(-1)).toBe("three");
  });

  it("shows everything once a 1 follows on 2s", () => {
    const chain = new ChainHarness(
      policy("a", () => ({ onRequestHeaders: () => hold, onRequestBody: (_id, _size, end) => (end ? gather : keep) })),
    );
    const exchange = chain.post();
    exchange.send("one");
    exchange.send("two");
    exchange.send("three", true);
    const { host, id } = chain.tool(0);
    host.setEffectiveContext(id);
    expect(chain.tool(0).requestBody()).toBe("onetwothree");
  });

  it("goes to the next filter when it is let go, never to the same again", async () => {
    const chain = new ChainHarness(
      policy("a", () => ({ onRequestBody: () => gather })),
      policy("b"),
    );
    const exchange = chain.post();
    exchange.send("one");
    exchange.send("two", true);
    chain.events.length = 0;
    await resume(chain.tool(0), StreamType.Request);
    expect(chain.events).toEqual(["b.requestBody 6 end"]);
    expect(exchange.forward.body).toBe("onetwo");
  });

  it("goes on at once when the filter continues inside the event, whatever it returns", () => {
    const chain = new ChainHarness(
      policy("a", ({ host }) => ({
        onRequestBody: (_id, _size, end) => {
          if (end) {
            host.continueStream(StreamType.Request);
          }
          return gather;
        },
      })),
    );
    const exchange = chain.post();
    exchange.send("one");
    exchange.send("two", true);
    expect(exchange.forward).toMatchObject({ body: "onetwo", ended: true });
  });

  it("has no event for an empty chunk in its middle", () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = chain.post();
    exchange.send("");
    expect(chain.events).toEqual(["a.create", "a.requestHeaders"]);
    expect(exchange.forward.chunks).toEqual([]);
  });

  it("goes on with the current chunk when the filter answers 0", () => {
    let status: DataStatus = keep;
    const chain = new ChainHarness(
      policy("a", () => ({ onRequestBody: () => status })),
      policy("b"),
    );
    const exchange = chain.post();
    exchange.send("one");
    status = pass;
    exchange.send("two");
    expect(chain.events.slice(4)).toEqual(["a.requestBody 3", "a.requestBody 3", "b.requestBody 6"]);
    expect(exchange.forward.body).toBe("onetwo");
  });

  it("is kept for each filter apart", async () => {
    let first: DataStatus = pass;
    const chain = new ChainHarness(
      policy("a", () => ({ onRequestBody: () => first })),
      policy("b", () => ({ onRequestBody: () => gather })),
    );
    const exchange = chain.post();
    exchange.send("one");
    first = gather;
    exchange.send("two", true);
    const { host, id } = chain.tool(1);
    host.setEffectiveContext(id);
    expect(chain.tool(1).requestBody()).toBe("one");
    await resume(chain.tool(0), StreamType.Request);
    expect(chain.tool(1).requestBody()).toBe("onetwo");
    await resume(chain.tool(1), StreamType.Request);
    expect(exchange.forward).toMatchObject({ body: "onetwo", ended: true });
  });

  it("delivers an empty last chunk as an event of size 0", () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = chain.post();
    exchange.send("", true);
    expect(chain.events.at(-1)).toBe("a.requestBody 0 end");
    expect(exchange.forward).toMatchObject({ body: "", ended: true, endOfStream: false });
  });

  it("that was stopped empty at its end still ends when continued", async () => {
    const chain = new ChainHarness(policy("a", () => ({ onRequestHeaders: () => hold, onRequestBody: () => gather })));
    const exchange = chain.post();
    exchange.send("", true);
    await resume(chain.tool(0), StreamType.Request);
    expect(exchange.forward).toMatchObject({ body: "", ended: true });
  });

  it("has no event where the head ended the message", () => {
    const chain = new ChainHarness(policy("a"));
    chain.get().forward.respond(204);
    expect(chain.events).toEqual([
      "a.create",
      "a.requestHeaders end",
      "a.responseHeaders end",
      "a.log",
      "a.done",
      "a.delete",
    ]);
  });
});

describe("trailers", () => {
  it("end the body: its last event says nothing of an end, and what is kept can be edited in the trailers' event", () => {
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onRequestHeaders: () => hold,
        onRequestBody: () => gather,
        onRequestTrailers: () => {
          expect(tools.requestBody()).toBe("one");
          tools.host.setBufferBytes(BufferType.HttpRequestBody, 0, 3, Buffer.from("edited"));
          tools.host.addHeaderMapValue(MapType.RequestHeaders, "x-late", "1");
          return TrailersStatus.Continue;
        },
      })),
      policy("b"),
    );
    const exchange = chain.post();
    exchange.send("one");
    exchange.sendTrailers(["t", "1"]);
    expect(chain.events.slice(2)).toEqual([
      "a.requestBody 3",
      "a.requestTrailers",
      "b.create",
      "b.requestHeaders",
      "b.requestBody 6",
      "b.requestTrailers",
    ]);
    expect(exchange.forward).toMatchObject({ body: "edited", trailers: ["t", "1"] });
    expect(exchange.forward.headers).toContain("x-late");
  });

  it("are held until continued", async () => {
    const chain = new ChainHarness(
      policy("a", () => ({ onRequestTrailers: () => TrailersStatus.StopIteration, onRequestBody: () => gather })),
      policy("b"),
    );
    const exchange = chain.post();
    exchange.send("one");
    exchange.sendTrailers(["t", "1"]);
    expect(exchange.forward.chunks).toEqual([]);
    const { host, id } = chain.tool(0);
    host.setEffectiveContext(id);
    expect(host.replaceHeaderMapValue(MapType.RequestTrailers, "t", "2")).toBe(Status.Ok);
    await resume(chain.tool(0), StreamType.Request);
    expect(exchange.forward).toMatchObject({ body: "one", trailers: ["t", "2"], ended: true });
    expect(chain.events.slice(-2)).toEqual(["b.requestBody 3", "b.requestTrailers"]);
  });

  it("cannot be read before they have come to the filter", () => {
    const seen: unknown[] = [];
    const chain = new ChainHarness(
      policy("a", () => ({ onRequestTrailers: () => TrailersStatus.StopIteration })),
      policy("b", ({ host }) => ({
        onRequestBody: () => {
          seen.push(host.getHeaderMapPairs(MapType.RequestTrailers));
          return pass;
        },
      })),
    );
    const exchange = chain.post();
    exchange.send("one");
    exchange.sendTrailers(["t", "1"]);
    const { host, id } = chain.tool(1);
    host.setEffectiveContext(id);
    seen.push(host.getHeaderMapPairs(MapType.RequestTrailers));
    expect(seen).toEqual([[], []]);
  });
});

describe("hostcalls made outside an event", () => {
  it("take effect when the promise job has ended, not inside the call", async () => {
    const chain = new ChainHarness(
      policy("a", () => ({ onRequestHeaders: () => stopAll })),
      policy("b"),
    );
    chain.get();
    const { host, id } = chain.tool(0);
    host.setEffectiveContext(id);
    host.continueStream(StreamType.Request);
    expect(chain.events).not.toContain("b.create");
    await settled();
    expect(chain.events).toContain("b.create");
  });

  it("made in the event of another exchange take effect after that event", () => {
    let first = 0;
    const chain = new ChainHarness(
      policy("a", (tools) => ({
        onRequestHeaders: (id) => {
          if (first === 0) {
            first = id;
            return stopAll;
          }
          tools.host.setEffectiveContext(first);
          tools.host.continueStream(StreamType.Request);
          tools.events.push("a.asked");
          return HeadersStatus.Continue;
        },
      })),
      policy("b"),
    );
    chain.get();
    chain.get();
    expect(chain.upstreams.forwards).toHaveLength(2);
    expect(chain.events.indexOf("a.asked")).toBeLessThan(chain.events.indexOf("b.create"));
  });

  it("act on no stream unless one is made effective", () => {
    const chain = new ChainHarness(policy("a", () => ({ onRequestHeaders: () => stopAll })));
    chain.get();
    expect(chain.tool(0).host.getHeaderMapPairs(MapType.RequestHeaders)).toEqual([]);
    expect(chain.tool(0).host.continueStream(StreamType.Request)).toBe(Status.BadArgument);
  });

  it("change nothing in an exchange that ends before they take effect", async () => {
    const chain = new ChainHarness(policy("a", () => ({ onRequestHeaders: () => stopAll })));
    const exchange = chain.get();
    const { host, id } = chain.tool(0);
    host.setEffectiveContext(id);
    host.continueStream(StreamType.Request);
    host.sendLocalResponse(403, "", undefined, [], -1);
    exchange.vanish();
    await settled();
    expect(chain.upstreams.forwards).toEqual([]);
    expect(exchange.downstream.heads).toBe(0);
    expect(exchange.ends).toHaveLength(1);
  });

  it("change nothing where nothing is stopped", async () => {
    const chain = new ChainHarness(policy("a"));
    const exchange = chain.post();
    await resume(chain.tool(0), StreamType.Request);
    await resume(chain.tool(0), StreamType.Response);
    exchange.send("x", true);
    expect(exchange.forward.body).toBe("x");
    expect(chain.upstreams.forwards).toHaveLength(1);
  });
});
