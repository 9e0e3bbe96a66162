/** The suite can fail: engines that do the wrong thing do not pass. */
import { once } from "node:events";
import { createServer as createHttpServer, request, type ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { describe, expect, it } from "vitest";
import type { Engine, RunningEngine } from "../../src/cases/engine.js";
import { openServer } from "../../src/cases/engines/sockets.js";
import { SocketClient } from "../../src/cases/http1/client.js";
import { runSteps } from "../../src/cases/runner/run-steps.js";
import { asWritten } from "../../src/cases/runner/splitting.js";
import { openStages } from "../../src/cases/runner/stage.js";
import { readCaseFile } from "./case-files.js";
import { ChecksWhenClosed } from "./checks-when-closed.js";
import { allAtOnce, atRandom, eachByteAlone, inTwoAt, offsetsOf } from "./splittings.js";

/** Answers every request with these bytes and forwards nothing. */
function answering(bytes: string): Engine {
  return {
    name: "answering",
    capabilities: new Set(),
    longestWait: 0,
    shared: false,
    openBackend: openServer,
    async start() {
      const server = createServer((socket) => {
        socket.on("error", () => undefined).once("data", () => socket.end(bytes));
      });
      return running(server);
    },
  };
}

/** What clients then have of such an engine. */
async function running(server: Server): Promise<RunningEngine> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    client: () => new SocketClient((server.address() as AddressInfo).port),
    log: () => [],
    advance: () => Promise.resolve(),
    async close() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Forwards what it is asked for, and calls a service three times of its own accord: first before the client has its answer. */
function calling(service: string, body: string): Engine {
  return {
    ...answering(""),
    async start([setup]) {
      const { upstream, services } = setup!;
      const send = (origin: string, method: string) =>
        new Promise<number | undefined>((resolve) => {
          request(origin, { method, agent: false }, (answer) => {
            resolve(answer.destroy().statusCode);
          })
            .on("error", () => {
              resolve(undefined);
            })
            .end(method === "POST" ? body : undefined);
        });
      const call = () => send(services[service]!, "POST");
      const exchange = async (response: ServerResponse) => {
        const first = call();
        // It has been sent by then; where it is answered at once, that comes before the client's answer.
        response.writeHead((await send(upstream, "GET"))!).end();
        await first;
        await call();
        await call();
      };
      const server = createHttpServer((_request, response) => {
        void exchange(response);
      });
      return running(server);
    },
  };
}

async function outcome(engine: Engine, policy: string, caseName: string): Promise<string> {
  const file = readCaseFile(policy);
  const testCase = file.cases.find(({ name }) => name === caseName)!;
  const opened = await openStages(engine, [{ file, testCase, partialRequests: "allow" }]);
  try {
    return await runSteps(opened.stages[0]!, testCase.steps, asWritten).then(
      () => "passed",
      (error: unknown) => (error as Error).message,
    );
  } finally {
    await opened.close();
  }
}

const stopped = "a request without the header is stopped";
const body = '{"error":"token was not present"}';
const field = 'www-authenticate: Bearer realm="oauth2"\r\n';
const challenge = `HTTP/1.1 401 Unauthorized\r\n${field}`;
const length = `content-length: ${body.length}\r\n\r\n`;

describe("the runner", () => {
  it("passes what is right", async () => {
    expect(await outcome(answering(`${challenge}${length}${body}`), "stop-request", stopped)).toBe("passed");
  });

  it.each([
    ["another status", `HTTP/1.1 403 Forbidden\r\n${field}${length}${body}`, "status: expected 401"],
    ["a missing header", `HTTP/1.1 401 Unauthorized\r\n${length}${body}`, "header www-authenticate"],
    ["another body", `${challenge}content-length: 2\r\n\r\n{}`, "body: expected"],
    [
      "a body shorter than its length",
      `${challenge}content-length: 99\r\n\r\n${body}`,
      "expected complete, got broken",
    ],
    ["a body longer than its length", `${challenge}${length}${body}!`, "1 bytes beyond the response"],
    ["a second response", `${challenge}${length}${body}${challenge}content-length: 0\r\n\r\n`, "a second response"],
    ["two framings", `${challenge}content-length: 0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, "framed twice"],
    ["no response", "", "expected complete, got none"],
  ])("does not pass %s", async (_what, bytes, problem) => {
    expect(await outcome(answering(bytes), "stop-request", stopped)).toContain(problem);
  });

  it("does not pass a request that was to reach the upstream and did not", async () => {
    const passing = "HTTP/1.1 200 OK\r\nx-room: 4\r\ncontent-length: 7\r\n\r\ncome in";
    const problem = await outcome(answering(passing), "stop-request", "a request with the header continues unchanged");
    expect(problem).toContain("upstream: expected one complete request, got nothing");
    expect(problem).toContain("replies that nobody asked for: 1");
  });
});

describe("where time passes by itself", () => {
  it("what a timer sends early belongs to the step that lets time pass", async () => {
    const report = JSON.stringify({ methods: { get: 1 } });
    expect(await outcome(calling("sink", report), "metrics", "only 200, 202 and 204 count as delivered")).toBe(
      "passed",
    );
  });
});

describe("checks of runs that share a stage", () => {
  const file = readCaseFile("stop-request");
  const run = (name: string) => ({
    file,
    testCase: file.cases.find((testCase) => testCase.name === name)!,
    partialRequests: "prevent" as const,
    splitting: eachByteAlone,
  });

  it("name the run of which something came after it was over", () => {
    const checks = new ChecksWhenClosed();
    checks.add(run("a request with the header continues unchanged"), () => undefined);
    checks.add(run(stopped), () => {
      throw new Error("upstream: expected nothing, got GET /");
    });
    expect(() => {
      checks.run();
    }).toThrow(
      `stop-request, partialRequests: prevent: ${stopped}, each byte alone: upstream: expected nothing, got GET /`,
    );
  });
});

describe("a splitting", () => {
  const parts = [Buffer.from("abc"), Buffer.alloc(0), Buffer.from("defgh")];

  it.each([asWritten, eachByteAlone, allAtOnce, atRandom(7), inTwoAt(4)])(
    "$name loses and adds nothing",
    (splitting) => {
      expect(Buffer.concat(splitting.split(parts)).toString()).toBe("abcdefgh");
      expect(splitting.split(parts).every((piece) => piece.length > 0)).toBe(true);
    },
  );

  it("into single bytes gives single bytes, and small pieces of a large body", () => {
    expect(eachByteAlone.split(parts)).toHaveLength(8);
    expect(eachByteAlone.split([Buffer.alloc(300_000)]).length).toBeGreaterThan(500);
  });

  it("in two is at every offset of a short body, and at some of a longer one", () => {
    expect(offsetsOf([3, 5], 1)).toEqual([1, 2, 3, 4]);
    expect(offsetsOf([0, 1], 1)).toEqual([]);
    expect(offsetsOf([5_000], 1)).toEqual([1, 4_999]);
    const drawn = offsetsOf([60], 1);
    expect(drawn.length).toBeLessThan(15);
    expect([drawn.at(0), drawn.at(-1)]).toEqual([1, 59]);
    expect(offsetsOf([60], 1)).toEqual(drawn);
    expect(offsetsOf([60], 2)).not.toEqual(drawn);
    expect(inTwoAt(3).split(parts).map(String)).toEqual(["abc", "defgh"]);
  });

  it("at random is the same for the same seed", () => {
    const lengths = (seed: number) =>
      atRandom(seed)
        .split([Buffer.alloc(1_000)])
        .map(({ length }) => length);
    expect(lengths(1)).toEqual(lengths(1));
    expect(lengths(1)).not.toEqual(lengths(2));
  });
});
