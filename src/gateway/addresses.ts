/** How addresses are written. */
import type { Socket } from "node:net";

/** `ip:port` of a socket's peer; undefined when it is closed. */
export function peerAddress(socket: Socket): string | undefined {
  return socket.remoteAddress === undefined ? undefined : formatAddress(socket.remoteAddress, socket.remotePort);
}

/** `ip:port`, an IPv6 address in brackets. */
export function formatAddress(address: string, port: number | undefined): string {
  const ip = plainAddress(address);
  return ip.includes(":") ? `[${ip}]:${port ?? 0}` : `${ip}:${port ?? 0}`;
}

/** An IPv4 address that a dual-stack socket shows as IPv6, as IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
