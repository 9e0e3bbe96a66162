/** A worker without a host: for unit tests of services that call upstreams and remember. */
import { createHash } from "node:crypto";
import { Status } from "../../src/abi/constants.js";
import { findFreshBy } from "../../src/host/native/find-fresh.js";
import { SharedData as HostData } from "../../src/host/shared/shared-data.js";
import type { InstanceContext } from "../../src/policy/service.js";
import { servicePort } from "../../src/policy/service-port.js";
import { TimerQueue } from "../../src/timer-queue.js";

/** A call that the worker has made. */
export interface Call {
  /** In order, pseudo-headers among them. */
  headers: Record<string, string>;
  body: string;
  timeout: number;
  reply(status: number, headers?: Record<string, string>, body?: string): Promise<void>;
  fail(): Promise<void>;
}

/** What a worker is for services: it has a clock, and the test replies to its calls. */
export class ServiceWorker {
  readonly warnings: string[] = [];
  readonly calls: Call[] = [];
  readonly closing = new AbortController();
  private readonly timers = new TimerQueue();
  private readonly data = new HostData();
  now = 1_700_000_000_000;
  /** Timers that have run. */
  events = 0;

  readonly context: InstanceContext;

  constructor() {
    const port = {
      policy: "use",
      instance: {
        access: {
          calls: {
            getSharedData: (key: string) => this.data.get("", key),
            setSharedData: (key: string, value: Uint8Array, cas: number) => this.data.set("", key, value, cas),
          },
          services: {
            sha256: (bytes: Uint8Array) => createHash("sha256").update(bytes).digest(),
            findFresh: findFreshBy(() => this.now),
          },
        },
        settings: { name: "use", route: "route" },
        calls: {
          start: (
            _cluster: string,
            list: string[],
            body: Uint8Array | undefined,
            timeout: number,
            onReply: (reply: object) => void,
          ) => this.called(list, new TextDecoder().decode(body), timeout, onReply),
        },
      },
      limits: { body: 1_048_576 },
      host: { setProperty: () => Status.NotFound, defineMetric: () => 1, incrementMetric: () => 0 },
      logger: {
        warn: (line: string, fields?: object) =>
          this.warnings.push(`${line}${fields === undefined ? "" : ` ${JSON.stringify(fields)}`}`),
      },
      schedule: (milliseconds: number, run: () => void) => this.timers.add(this.now + milliseconds, run),
      run: <T>(code: () => T): T => code(),
      urlOf: () => undefined,
      now: () => this.now,
      closed: this.closing.signal,
    };
    this.context = { [servicePort]: port } as unknown as InstanceContext;
  }

  private called(list: string[], sent: string, timeout: number, onReply: (reply: object) => void): number {
    const headers: Record<string, string> = {};
    for (let index = 0; index < list.length; index += 2) {
      headers[list[index]!] = list[index + 1]!;
    }
    const replies = async (given: string[], body: string) => {
      const bytes = new TextEncoder().encode(body);
      onReply({ headers: given, size: bytes.length, body: () => bytes, trailers: () => [], failure: () => "" });
      await settled();
    };
    return this.calls.push({
      headers,
      body: sent,
      timeout,
      reply: (status, fields = {}, body = "") =>
        replies([":status", `${status}`, ...Object.entries(fields).flat()], body),
      fail: () => replies([], ""),
    });
  }

  async advance(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    for (let due = this.timers.due; due !== undefined && due <= end; due = this.timers.due) {
      this.now = Math.max(this.now, due);
      this.timers.take(due)?.();
      this.events++;
      await settled();
    }
    this.now = end;
    await settled();
  }
}

/** All that is due has been done. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
