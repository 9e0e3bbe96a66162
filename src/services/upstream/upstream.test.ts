/** What calls are made of and what comes of them; how filters go on with it: test/lifecycle/services.test.ts. */
import { describe, expect, it } from "vitest";
import type { CallReply, InstanceContext } from "../../policy/service.js";
import { type OpenCalls, servicePort } from "../../policy/service-port.js";
import { UpstreamError, upstream } from "./index.js";

/** A use of a policy whose host answers every call with `reply`, or refuses it with a status. */
function use(answer: Partial<CallReply> | number) {
  const calls: { cluster: string; headers: string[]; timeout: number }[] = [];
  const warnings: string[] = [];
  const port: unknown = {
    limits: { body: 10 },
    closed: new AbortController().signal,
    logger: { warn: (message: string) => warnings.push(message) },
    urlOf: (name: string) => (name === "named" ? "https://named.test:8443" : undefined),
    instance: {
      calls: {
        start: ((cluster, headers, _body, timeout, onReply) => {
          calls.push({ cluster, headers, timeout });
          if (typeof answer === "number") {
            return answer;
          }
          const whole: CallReply = {
            headers: [":status", "200"],
            size: 0,
            body: () => new Uint8Array(),
            trailers: () => [],
            failure: () => "",
            ...answer,
          };
          void Promise.resolve().then(() => {
            onReply(whole);
          });
          return 1;
        }) satisfies OpenCalls["start"],
      },
    },
  };
  const context = { [servicePort]: port } as unknown as InstanceContext;
  return { context, calls, warnings };
}

describe("upstream()", () => {
  it("calls the cluster of the name, with the authority of its URL", async () => {
    const { context, calls } = use({});
    const reply = await upstream(context, "named").fetch("/a?b", { timeout: 5 });
    expect([reply.status, reply.ok, reply.text()]).toEqual([200, true, ""]);
    expect(calls).toEqual([
      {
        cluster: "named",
        headers: [":method", "GET", ":path", "/a?b", ":authority", "named.test:8443", ":scheme", "https"],
        timeout: 5,
      },
    ]);
  });

  const failures: readonly (readonly [Partial<CallReply> | number, string])[] = [
    [-2, "UPSTREAM_UNKNOWN"],
    [-10, "UPSTREAM_UNREACHABLE"],
    [{ headers: [], failure: () => "timeout" }, "UPSTREAM_TIMEOUT"],
    [{ headers: [], failure: () => "" }, "UPSTREAM_UNREACHABLE"],
    [{ size: 11 }, "UPSTREAM_TOO_LARGE"],
  ];
  it.each(failures)("throws for %o: %s", async (answer, code) => {
    const { context } = use(answer);
    const error: unknown = await upstream(context, "auth")
      .fetch("/?secret")
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({ code, upstream: "auth", message: expect.not.stringContaining("secret") as string });
  });

  it("tells the log of an upstream that is unknown, once", async () => {
    const { context, warnings } = use(-2);
    for (const name of ["nowhere", "nowhere", "elsewhere", "nowhere"]) {
      await expect(upstream(context, name).fetch()).rejects.toThrow(UpstreamError);
    }
    const told = warnings.filter((text) => text.includes("every call of it fails"));
    expect(told.map((text) => text.split(":", 2).join(":"))).toEqual([
      "UPSTREAM_UNKNOWN: There is no upstream nowhere",
      "UPSTREAM_UNKNOWN: There is no upstream elsewhere",
    ]);
  });

  it.each([undefined, null, 5, "", "a b", "ftp://x/"])("refuses %o as an upstream", (name) => {
    expect(() => upstream(use({}).context, name as string)).toThrow(expect.objectContaining({ code: "UPSTREAM_URL" }));
  });

  it("gives nothing of itself away in a log line", async () => {
    const reply = await upstream(use({ headers: [":status", "200", "set-cookie", "a=b"] }).context, "auth").fetch();
    expect(JSON.stringify(reply)).toBe("{}");
  });
});
