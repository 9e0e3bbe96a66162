/** The limits of a route as files write them. What a key means is in `docs/gateway.md`. */
import * as v from "valibot";
import type { ExchangeLimits } from "../host/exchange.js";
import { closedObject, duration, size, sizeAboveZero } from "./schema-kit.js";

/** Any of the limits; what it gives lacks those that the file does not give. */
export const limits = v.pipe(
  closedObject({
    body: v.optional(size),
    upstreamResponse: v.optional(duration),
    streamIdle: v.optional(duration),
    callbackTime: v.optional(duration),
    memory: v.optional(sizeAboveZero),
  }),
  v.transform(
    ({ body, upstreamResponse, streamIdle, callbackTime, memory }): Partial<ExchangeLimits> => ({
      ...(body !== undefined && { bodyBytes: body }),
      ...(upstreamResponse !== undefined && { upstreamResponseMilliseconds: upstreamResponse }),
      ...(streamIdle !== undefined && { streamIdleMilliseconds: streamIdle }),
      ...(callbackTime !== undefined && { callbackMilliseconds: callbackTime }),
      ...(memory !== undefined && { memoryBytes: memory }),
    }),
  ),
);
