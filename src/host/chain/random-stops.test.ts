import { describe, expect, it } from "vitest";
import { ChainHarness, policy, type ScriptTools, settled } from "../../../test/support/chain-harness.js";
import { StreamType } from "../../abi/constants.js";

/** Repeatable pseudo-random numbers (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const headStatuses = [0, 0, 1, 4] as const;
const dataStatuses = [0, 0, 1, 2] as const;
const trailersStatuses = [0, 0, 1] as const;

/** A filter that stops and continues, inside and outside events, as chance has it. */
function fickle(name: string, random: (below: number) => number) {
  return policy(name, ({ host }) => {
    const maybeContinue = (stream: StreamType): void => {
      if (random(6) === 0) {
        host.continueStream(stream);
      }
    };
    const pick = <T>(list: readonly T[], stream: StreamType): T => {
      maybeContinue(stream);
      return list[random(list.length)] as T;
    };
    return {
      onRequestHeaders: () => pick(headStatuses, StreamType.Request),
      onRequestBody: () => pick(dataStatuses, StreamType.Request),
      onRequestTrailers: () => pick(trailersStatuses, StreamType.Request),
      onResponseHeaders: () => pick(headStatuses, StreamType.Response),
      onResponseBody: () => pick(dataStatuses, StreamType.Response),
      onResponseTrailers: () => pick(trailersStatuses, StreamType.Response),
    };
  });
}

function continueAll(tools: ScriptTools[], stream: StreamType): void {
  for (const { host, id } of tools) {
    if (id !== 0 && host.setEffectiveContext(id) === 0) {
      host.continueStream(stream);
    }
  }
}

describe("however filters stop and continue", () => {
  it.each(Array.from({ length: 200 }, (_, seed) => seed))("every byte arrives once and in order (%d)", async (seed) => {
    const random = randomFrom(seed);
    const names = ["a", "b", "c", "d"].slice(0, 1 + random(4));
    const chain = new ChainHarness(...names.map((name) => fickle(name, random)));
    const exchange = chain.open(["POST", [], false], { bodyBytes: 6 });
    const chunks = Array.from({ length: 1 + random(6) }, (_, index) => `${index}${"x".repeat(random(5))};`);
    const withTrailers = random(2) === 0;

    const feed = async (
      stream: StreamType,
      data: (chunk: string, end: boolean) => void,
      trailers: () => void,
    ): Promise<void> => {
      for (const [index, chunk] of chunks.entries()) {
        data(chunk, !withTrailers && index === chunks.length - 1);
        if (random(3) === 0) {
          continueAll(chain.tools, stream);
          await settled();
        }
      }
      if (withTrailers) {
        trailers();
      }
      // Each pass frees at least the filter that is furthest on.
      for (let pass = 0; pass < names.length * 8; pass++) {
        continueAll(chain.tools, stream);
        await settled();
      }
    };

    await feed(
      StreamType.Request,
      (chunk, end) => {
        exchange.send(chunk, end);
      },
      () => {
        exchange.sendTrailers(["t", "1"]);
      },
    );
    const { forward } = exchange;
    expect(chain.upstreams.forwards).toHaveLength(1);
    expect(forward).toMatchObject({
      body: chunks.join(""),
      ended: true,
      trailers: withTrailers ? ["t", "1"] : undefined,
    });
    expect(exchange.downstream.requestPaused).toBe(false);

    forward.sink.onHeaders(200, [], false);
    await feed(
      StreamType.Response,
      (chunk, end) => {
        forward.data(chunk, end);
      },
      () => {
        forward.sink.onTrailers(["u", "2"]);
      },
    );
    expect(exchange.downstream).toMatchObject({ heads: 1, body: chunks.join(""), ended: true, resets: 0 });
    expect(exchange.downstream.trailers).toEqual(withTrailers ? ["u", "2"] : undefined);
    expect(exchange.ends).toHaveLength(1);
    expect(forward.resets).toBe(0);
    expect([...chain.failures, ...chain.hostFailures]).toEqual([]);
  });
});
