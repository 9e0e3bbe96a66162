/** API keys of an upstream. */
import { SluiceError } from "../../errors.js";
import { type Duration, durationExpected, millisecondsOf } from "../../policy/duration.js";
import { KitPromise } from "../../policy/kit-promise.js";
import { hideFields } from "../../policy/opaque.js";
import { type HeadersInit, headerPairs } from "../../policy/response.js";
import { type InstanceContext, type InstancePort, instancePort } from "../../policy/service.js";
import { messageOf } from "../../thrown.js";
import { type Upstream, type UpstreamResponse, upstream } from "../upstream/index.js";
import { checkedList, KeyList } from "./key-list.js";
import { type CheckedRecord, refused } from "./records.js";
import type { ApiKeySource } from "./source.js";

/** How keys are polled. */
export interface PolledKeyOptions {
  /** The upstream's name, or a URL whose origin is that of one. */
  readonly upstream: string;
  /** Path and query of the list; default: the URL's own. */
  readonly path?: string | undefined;
  /** What the upstream is sent beside `if-none-match`. */
  readonly headers?: HeadersInit | undefined;
  /** How often it is asked; default 30 s. */
  readonly interval?: Duration | undefined;
  /** How long an answer may take; default 10 s. */
  readonly timeout?: Duration | undefined;
  /** For how long keys count that the upstream has not confirmed; default 1 h. */
  readonly staleFor?: Duration | undefined;
  /** How large the list may be in bytes; default 1 MiB. `limits.body` of the route holds as well. */
  readonly maxBytes?: number | undefined;
}

interface Polling {
  readonly path: string | undefined;
  readonly headers: HeadersInit;
  readonly interval: number;
  readonly timeout: number;
  readonly staleFor: number;
  readonly maxBytes: number;
}

const longestTime = 2_147_483_647;
const firstRetry = 1_000;
/** Checking a list takes some time: so much after an answer is the last that one may take, it is given up. */
const checkingTime = 5_000;
/** So many records are checked without a pause: code that runs for long is ended. */
const recordsAtOnce = 250;
/** Of the interval: workers that have begun together do not go on so. */
const jitter = 0.1;

/**
 * Keys of an upstream, whose answer is the JSON text of a list of records. It is asked again and again, with the `etag` that it has given
 * (RFC 9110 section 13.1.2); where it gives no list, the one before counts for a while. Make it in `configure`. Requests that come before
 * the first answer wait for it.
 *
 * @throws SluiceError `API_KEY_OPTIONS`, `UPSTREAM_URL`, `SERVICE_CONTEXT`
 */
export function polledKeys(context: InstanceContext, options: PolledKeyOptions): ApiKeySource {
  const port = instancePort(context, "polledKeys()");
  if ("exchange" in port) {
    throw new SluiceError(
      "SERVICE_CONTEXT",
      "polledKeys(): expected the context of configure, got that of a filter: the keys would be fetched anew with each exchange.",
    );
  }
  const { maxBytes = 1_048_576 } = options;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw refused("polledKeys(): maxBytes", "a whole number from 1 on");
  }
  const polling: Polling = {
    path: options.path,
    headers: options.headers ?? [],
    interval: time("interval", options.interval ?? "30s", 1_000),
    timeout: time("timeout", options.timeout ?? "10s", 1),
    staleFor: time("staleFor", options.staleFor ?? "1h", 0),
    maxBytes,
  };
  const keys = new PolledKeys(port, upstream(context, options.upstream), options.upstream, polling);
  keys.start();
  return keys;
}

class PolledKeys implements ApiKeySource {
  private readonly port: InstancePort;
  private readonly upstream: Upstream;
  private readonly name: string;
  private readonly polling: Polling;
  private list: KeyList | undefined;
  private etag: string | null = null;
  /** When the upstream has last given the list, or said that it still counts. */
  private confirmedAt = 0;
  private failures = 0;
  /** Settled when the first answer is there, or has failed to come. */
  private readonly first = new KitPromise<undefined>();

  constructor(port: InstancePort, from: Upstream, name: string, polling: Polling) {
    this.port = port;
    this.upstream = from;
    this.name = name;
    this.polling = polling;
  }

  find(id: string | undefined, digest: Int32Array): CheckedRecord | undefined | PromiseLike<CheckedRecord | undefined> {
    const { list } = this;
    if (list === undefined && this.first.state === "pending") {
      return this.first.then(() => this.find(id, digest));
    }
    if (list === undefined || this.port.now() - this.confirmedAt > this.polling.interval + this.polling.staleFor) {
      throw new SluiceError("API_KEYS_UNAVAILABLE", `The upstream ${this.name} has given no keys that still count.`);
    }
    return list.find(id, digest);
  }

  start(): void {
    const { port } = this;
    if (port.closed.aborted) {
      return;
    }
    let over = false;
    const end = (error?: unknown): void => {
      if (!over) {
        over = true;
        cancelLimit();
        this.ended(error);
      }
    };
    // What follows may be ended by force; then it goes on here.
    const cancelLimit = port.schedule(Math.min(this.polling.timeout + checkingTime, longestTime), () => {
      end(new Error("it took too long."));
    });
    port.run(() => {
      void this.poll(() => over).then(end, end);
    });
  }

  private ended(error: unknown): void {
    const { port } = this;
    if (port.closed.aborted) {
      return;
    }
    if (error === undefined) {
      this.failures = 0;
      this.confirmedAt = port.now();
    } else {
      this.failures++;
      port.logger.warn(`API_KEYS_UNAVAILABLE: the upstream gave no list of keys: ${messageOf(error)}`, {
        upstream: this.name,
      });
    }
    this.first.resolve(undefined);
    port.schedule(this.pause(), () => {
      this.start();
    });
  }

  /** @param isOver it was given up */
  private async poll(isOver: () => boolean): Promise<void> {
    const { path, headers, timeout } = this.polling;
    const condition = this.etag === null ? [] : ([["if-none-match", this.etag]] as const);
    const reply = await this.upstream.fetch(path, {
      headers: [...headerPairs(headers, "polledKeys(): headers"), ...condition],
      timeout,
      signal: this.port.closed,
    });
    if (reply.status === 304 && this.list !== undefined) {
      return;
    }
    const list = await this.listIn(reply);
    if (!isOver()) {
      this.list = list;
      this.etag = reply.headers.get("etag");
    }
  }

  private async listIn(reply: UpstreamResponse): Promise<KeyList> {
    if (reply.status !== 200) {
      throw new Error(`expected the status 200, got ${reply.status}.`);
    }
    const { maxBytes } = this.polling;
    if (reply.bytes().length > maxBytes) {
      throw new Error(`expected at most ${maxBytes} bytes, got ${reply.bytes().length}.`);
    }
    const list = new KeyList();
    for (const [index, record] of checkedList(reply.json()).entries()) {
      if (index % recordsAtOnce === recordsAtOnce - 1) {
        await this.nextEvent();
      }
      list.add(record, index);
    }
    return list;
  }

  private nextEvent(): Promise<undefined> {
    const next = new KitPromise<undefined>();
    this.port.schedule(0, () => {
      next.resolve(undefined);
    });
    return next;
  }

  private pause(): number {
    const { interval } = this.polling;
    const pause = this.failures === 0 ? interval : Math.min(interval, firstRetry * 2 ** (this.failures - 1));
    return pause * (1 - jitter * Math.random());
  }
}

function time(what: string, duration: unknown, least: number): number {
  const milliseconds = millisecondsOf(duration);
  if (!(milliseconds >= least && milliseconds <= longestTime)) {
    throw refused(`polledKeys(): ${what}`, `${durationExpected} from ${least} to ${longestTime} ms`);
  }
  return milliseconds;
}

hideFields(PolledKeys);
