import { BufferType, MapType } from "../abi/constants.js";
import type { Hostcalls } from "../abi/port.js";
import type { CallReply, OpenCalls } from "./service-port.js";

type OnReply = (reply: CallReply) => void;

/** For one use of a policy. */
export class HttpCalls implements OpenCalls {
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
