import { MapType, Status } from "../../abi/constants.js";
import { copyBytes } from "../../abi/copy-bytes.js";
import { firstValue } from "../../abi/header-list.js";
import type { GuestEvents, HeaderList } from "../../abi/port.js";
import { rootContextId } from "../contexts.js";
import { GrpcStatus } from "../grpc.js";
import { isValidMethod } from "../header-list.js";
import type { CallOutcome, UpstreamFailure, Upstreams } from "../upstreams.js";

/** gRPC's numbers, which proxy-wasm's `get_status` speaks. */
const failureCodes: Record<UpstreamFailure, number> = {
  timeout: GrpcStatus.DeadlineExceeded,
  "unknown-upstream": GrpcStatus.NotFound,
  "too-large": GrpcStatus.ResourceExhausted,
  unreachable: GrpcStatus.Unavailable,
  reset: GrpcStatus.Unavailable,
};

const noFailure = [0, ""] as const;

/** The HTTP calls of one guest: tokens, and the response that can be read while its event runs. */
export class HttpCalls {
  #nextToken = 1;
  readonly #open = new Map<number, () => void>();
  #outcome: CallOutcome | undefined = undefined;
  #status: readonly [code: number, message: string] = noFailure;

  constructor(
    private readonly upstreams: Upstreams,
    private readonly bodyBytes: number,
    /** Runs an event of the root context. */
    private readonly deliver: (event: (guest: GuestEvents) => void) => void,
  ) {}

  /** The call's token, or -2 for an unknown upstream or a head without a legal `:method`, `:path` and `:authority`. */
  start(
    upstream: string,
    headers: HeaderList,
    body: Uint8Array | undefined,
    trailers: HeaderList,
    timeoutMilliseconds: number,
  ): number {
    const complete =
      isValidMethod(firstValue(headers, ":method") ?? "") &&
      [":path", ":authority"].every((name) => firstValue(headers, name));
    if (!complete || timeoutMilliseconds < 0 || !this.upstreams.has(upstream)) {
      return -Status.BadArgument;
    }
    const token = this.#nextToken++;
    const limits = { timeoutMilliseconds, bodyBytes: this.bodyBytes };
    const cancel = this.upstreams.call(
      upstream,
      headers.slice(),
      body && copyBytes(body),
      trailers.slice(),
      limits,
      (outcome) => {
        if (this.#open.delete(token)) {
          this.#finish(token, outcome);
        }
      },
    );
    this.#open.set(token, cancel);
    return token;
  }

  /** Why the call of the running event failed. */
  status(): readonly [code: number, message: string] {
    return this.#status;
  }

  headers(map: MapType): HeaderList {
    const outcome = this.#outcome;
    if (outcome?.ok !== true) {
      return [];
    }
    return map === MapType.HttpCallResponseHeaders
      ? [":status", String(outcome.status), ...outcome.headers]
      : outcome.trailers.slice();
  }

  body(): Uint8Array | undefined {
    return this.#outcome?.ok === true ? this.#outcome.body : undefined;
  }

  /** Abandons what is open. */
  close(): void {
    for (const cancel of this.#open.values()) {
      cancel();
    }
    this.#open.clear();
  }

  #finish(token: number, outcome: CallOutcome): void {
    this.#outcome = outcome;
    this.#status = outcome.ok ? noFailure : [failureCodes[outcome.failure], outcome.failure];
    this.deliver((guest) => {
      if (outcome.ok) {
        const headerCount = outcome.headers.length / 2 + 1;
        guest.onHttpCallResponse(rootContextId, token, headerCount, outcome.body.length, outcome.trailers.length / 2);
      } else {
        guest.onHttpCallResponse(rootContextId, token, 0, 0, 0);
      }
    });
    this.#outcome = undefined;
    this.#status = noFailure;
  }
}
