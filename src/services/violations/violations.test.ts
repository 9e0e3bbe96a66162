import { describe, expect, it } from "vitest";
import type { ExchangeContext, ExchangeHostcalls, ExchangePort } from "../../policy/service.js";
import { servicePort } from "../../policy/service-port.js";
import { reportedViolation, reportViolation } from "./index.js";

/** An exchange of the use "auth", with the properties that are set. */
function exchange() {
  const properties = new Map<string, Uint8Array>();
  const state = { over: false };
  const host: ExchangeHostcalls = {
    getProperty: (path) => properties.get(path.join()),
    setProperty: (path, value) => {
      properties.set(path.join(), value);
      return 0;
    },
  };
  const port = { policy: "auth", exchange: () => (state.over ? undefined : host) } as unknown as ExchangePort;
  const context: ExchangeContext = { [servicePort]: port };
  return { context, properties, state };
}

describe("a violation", () => {
  it("is undefined until one is reported, and carries the name of the use", () => {
    const { context, properties } = exchange();
    expect(reportedViolation(context)).toBeUndefined();
    reportViolation(context);
    expect(reportedViolation(context)).toEqual({ policy: "auth", kind: "violation" });
    expect([...properties.keys()]).toEqual(["policy_violation"]);
  });

  it("says the client application, where it is known", () => {
    const { context } = exchange();
    reportViolation(context, { kind: "error", clientId: "c-1", clientName: "Zoë" });
    expect(reportedViolation(context)).toEqual({ policy: "auth", kind: "error", clientId: "c-1", clientName: "Zoë" });
  });

  it("is the last one that was reported", () => {
    const { context } = exchange();
    reportViolation(context, { clientId: "c-1" });
    reportViolation(context, { kind: "error" });
    expect(reportedViolation(context)).toEqual({ policy: "auth", kind: "error" });
  });

  it("is neither reported nor there when the exchange is over", () => {
    const { context, properties, state } = exchange();
    state.over = true;
    reportViolation(context);
    expect(reportedViolation(context)).toBeUndefined();
    expect(properties.size).toBe(0);
  });
});
