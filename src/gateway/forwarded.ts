/**
 * Whom the gateway believes about where a request comes from: nobody, or as many proxies in front of it as `listener.trustedHops` says. Envoy
 * is configured for the same in `envoy/forwarded.ts`.
 */
import { randomUUID } from "node:crypto";
import { isIP } from "node:net";
import { formatAddress } from "./addresses.js";

/** What a connection says of it. */
interface ClientScheme {
  readonly scheme: "http" | "https";
}

const x = "x".charCodeAt(0);
const f = "f".charCodeAt(0);

/** Whether a field (in lower case) goes on to policies and upstreams as it came. */
export function isBelieved(name: string, trustedHops: number): boolean {
  const first = name.charCodeAt(0);
  if (first !== x && first !== f) {
    return true;
  }
  // It would direct an Envoy behind this gateway, and does direct one in its place.
  if (name.startsWith("x-envoy-")) {
    return false;
  }
  return trustedHops > 0 || !(name.startsWith("x-forwarded-") || name === "forwarded" || name === "x-real-ip");
}

/** `ip:port` of the client: the entry of x-forwarded-for that the outermost trusted proxy made, whose port nobody knows. */
export function clientAddressOf(forwardedFor: string, trustedHops: number): string | undefined {
  if (trustedHops === 0 || forwardedFor === "") {
    return undefined;
  }
  const entry = forwardedFor.split(",").at(-trustedHops)?.trim() ?? "";
  return isIP(entry) === 0 ? undefined : formatAddress(entry, 0);
}

/** What the outermost trusted proxy says of the client's scheme; of anything else, and without one, the connection's. */
export function schemeOf(forwardedProto: string, trustedHops: number, { scheme }: ClientScheme): "http" | "https" {
  return trustedHops > 0 && forwardedProto.toLowerCase() === "https" ? "https" : scheme;
}

/** The fields, name and value, by which the upstream learns where the request comes from. */
export function forwardedFields(
  { forwardedFor, forwardedProto }: { forwardedFor: string; forwardedProto: string },
  trustedHops: number,
  { clientIp, scheme }: ClientScheme & { clientIp: string },
): readonly [string, string, string, string] {
  const believed = trustedHops > 0;
  return [
    "x-forwarded-for",
    believed && forwardedFor !== "" ? `${forwardedFor},${clientIp}` : clientIp,
    "x-forwarded-proto",
    believed && forwardedProto !== "" ? forwardedProto : scheme,
  ];
}

/** Ids stand in logs and go to upstreams: one of a client stays where it can do no harm there. */
export function requestIdOf(given: string): string {
  return /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : randomUUID();
}
