/**
 * What a chain knows of a body before its policies have seen it. What the host keeps with backpressure can be replaced in the next event of the
 * body only, and trailers may come instead.
 */
import type { Hostcalls } from "../../abi/port.js";
import type { Direction } from "../direction.js";
import type { PolicyInstance } from "../instance.js";

/** The policy may put something else in the place of a message's body, by what its code asks for. */
export function mayReplaceBody({ definition, uses }: PolicyInstance, { name }: Direction): boolean {
  const filtersIt = name === "request" ? definition.onRequest !== undefined : definition.onResponse !== undefined;
  return filtersIt && (uses.setBody || (uses.named?.includes("transform") ?? true));
}

/** The head announces trailers (RFC 9110 section 6.6.2), or is that of a response of gRPC, which ends in trailers. */
export function announcesTrailers(host: Hostcalls, { headers, name }: Direction): boolean {
  return (
    host.getHeaderMapValue(headers, "trailer") !== undefined ||
    (name === "response" && host.getHeaderMapValue(headers, "content-type")?.startsWith("application/grpc") === true)
  );
}
