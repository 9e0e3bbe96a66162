/**
 * HTTP calls of services. A function of its own and no part of the port: modules of policies whose services make no calls have, and
 * import, nothing of them.
 */
import { BufferType, MapType } from "../abi/constants.js";
import type { Hostcalls } from "../abi/port.js";
import type { CallReply, InstancePort, OpenCalls, PortInstance } from "./service-port.js";

type OnReply = (reply: CallReply) => void;

/**
 * Calls an upstream (a cluster's name) over HTTP: proxy-wasm's `http_call`. `headers` start with `:method`, `:path`, `:authority`,
 * `:scheme`. Hosts cannot cancel calls: to give one up, ignore its reply.
 *
 * @param port that of the use of a policy, or of an exchange: calls belong to the use
 * @param timeout milliseconds
 * @returns more than 0: the call is made, and `onReply` is called once; else proxy-wasm's status, negative: -2 for an unknown upstream
 */
export function httpCall(
  port: InstancePort,
  cluster: string,
  headers: string[],
  body: Uint8Array | undefined,
  timeout: number,
  onReply: OnReply,
): number {
  const { instance } = port as InstancePort & { readonly instance: PortInstance };
  instance.calls ??= new HttpCalls(() => instance.access.as(instance.id));
  return instance.calls.start(cluster, headers, body, timeout, onReply);
}

/** Those of one use of a policy. */
class HttpCalls implements OpenCalls {
  /** The hostcalls, acting on the context that calls belong to. */
  private readonly host: () => Hostcalls;
  private readonly open = new Map<number, OnReply>();

  constructor(host: () => Hostcalls) {
    this.host = host;
  }

  start(cluster: string, headers: string[], body: Uint8Array | undefined, timeout: number, onReply: OnReply): number {
    const token = this.host().httpCall(cluster, headers, body, [], timeout);
    if (token > 0) {
      this.open.set(token, onReply);
    }
    return token;
  }

  onResponse(token: number, headerCount: number, size: number): void {
    const onReply = this.open.get(token);
    if (onReply === undefined) {
      return;
    }
    this.open.delete(token);
    const host = this.host();
    onReply({
      headers: headerCount === 0 ? [] : host.getHeaderMapPairs(MapType.HttpCallResponseHeaders),
      size,
      body: () =>
        (size === 0 ? undefined : host.getBufferBytes(BufferType.HttpCallResponseBody, 0, size)) ?? new Uint8Array(0),
      trailers: () => host.getHeaderMapPairs(MapType.HttpCallResponseTrailers),
      failure: () => host.getStatus()?.[1] ?? "",
    });
  }
}
