import { describe, expect, it } from "vitest";
import { Status } from "../abi/constants.js";
import { PolicyContexts, rootContextId } from "./contexts.js";
import type { PolicyStream } from "./stream-hostcalls.js";

const stream = (): PolicyStream => ({}) as PolicyStream;

describe("the contexts of a policy", () => {
  it("make a stream or the root effective by id", () => {
    const contexts = new PolicyContexts();
    const one = stream();
    const id = contexts.register(one);
    expect(contexts.setEffective(id)).toBe(Status.Ok);
    expect(contexts.effective).toBe(one);
    expect(contexts.setEffective(rootContextId)).toBe(Status.Ok);
    expect(contexts.effective).toBeUndefined();
  });

  it("refuse ids that are unknown or over, and change nothing", () => {
    const contexts = new PolicyContexts();
    const one = stream();
    const id = contexts.register(one);
    const over = contexts.register(stream());
    contexts.unregister(over);
    contexts.setEffective(id);
    expect(contexts.setEffective(over)).toBe(Status.BadArgument);
    expect(contexts.setEffective(0)).toBe(Status.BadArgument);
    expect(contexts.effective).toBe(one);
  });

  it("never give an id twice, and keep long-lived ones however many come and go", () => {
    const contexts = new PolicyContexts();
    const old = stream();
    const oldId = contexts.register(old);
    const seen = new Set([oldId]);
    for (let index = 0; index < 1000; index++) {
      const id = contexts.register(stream());
      expect(seen.has(id)).toBe(false);
      seen.add(id);
      contexts.unregister(id);
    }
    contexts.setEffective(oldId);
    expect(contexts.effective).toBe(old);
    expect(contexts.size).toBe(1);
  });

  it("hold as many as there are exchanges", () => {
    const contexts = new PolicyContexts();
    const streams = Array.from({ length: 500 }, stream);
    const ids = streams.map((entry) => contexts.register(entry));
    for (const [index, id] of ids.entries()) {
      contexts.setEffective(id);
      expect(contexts.effective).toBe(streams[index]);
    }
    expect(contexts.size).toBe(500);
  });

  it("let go of an effective context that is over", () => {
    const contexts = new PolicyContexts();
    const id = contexts.register(stream());
    contexts.setEffective(id);
    contexts.unregister(id);
    expect(contexts.effective).toBeUndefined();
  });
});
