/** A worker in which verifiers are made without a gateway: its clock is the test's. */
import { createHash } from "node:crypto";
import { Status } from "../../../src/abi/constants.js";
import { findFreshBy } from "../../../src/host/native/find-fresh.js";
import { jwsFunctions } from "../../../src/host/native/jws/jws-functions.js";
import type { StreamProperties } from "../../../src/policy/context.js";
import { FixedHeaders } from "../../../src/policy/headers.js";
import type { InstanceContext } from "../../../src/policy/service.js";
import { servicePort } from "../../../src/policy/service-port.js";
import type { VerifiedRequest } from "../../../src/services/jwt/index.js";
import { TimerQueue } from "../../../src/timer-queue.js";

/** 2026-01-01T00:00:00Z, in seconds. */
export const start = 1_767_225_600;

const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

export class Worker {
  now = start * 1_000;
  readonly timers = new TimerQueue();
  readonly warnings: string[] = [];
  readonly context: InstanceContext;

  constructor() {
    let metrics = 0;
    const port = {
      policy: "use",
      instance: { access: { services: { sha256, jwsFunctions, findFresh: findFreshBy(() => this.now) } } },
      host: { setProperty: () => Status.NotFound, defineMetric: () => ++metrics, incrementMetric: () => 0 },
      logger: { warn: (line: string) => this.warnings.push(line), info: () => undefined },
      now: () => this.now,
      schedule: (milliseconds: number, run: () => void) => this.timers.add(this.now + milliseconds, run),
      run: <T>(code: () => T): T => code(),
      closed: new AbortController().signal,
      limits: { body: 1_048_576 },
    };
    this.context = { [servicePort]: port } as unknown as InstanceContext;
  }
}

/** A request with these headers. */
export function request(headers: Readonly<Record<string, string>>, path = "/"): VerifiedRequest {
  return {
    method: "GET",
    scheme: "https",
    authority: "api.example.com",
    path,
    headers: new FixedHeaders(Object.entries(headers).flat()),
  };
}

/** What a filter knows of the connection. */
export function connection(properties: Readonly<Record<string, string>> = {}): {
  readonly properties: StreamProperties;
} {
  const get = (path: readonly string[]): Uint8Array | undefined => {
    const text = properties[path.join(".")];
    return text === undefined ? undefined : new TextEncoder().encode(text);
  };
  return { properties: { get } as unknown as StreamProperties };
}
