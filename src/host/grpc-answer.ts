/**
 * How a host answers a gRPC request itself, after Envoy's local replies: with status 200 and no body, and what the answer was in
 * `grpc-status` and `grpc-message`, which gRPC calls Trailers-Only (PROTOCOL-HTTP2.md of the gRPC project). gRPC clients
 * understand nothing else.
 */
import { firstValue, removeValues, setValue } from "../abi/header-list.js";
import type { HeaderList } from "../abi/port.js";
import { grpcStatusOfHttp } from "./grpc.js";

/** An answer as it was meant for HTTP. */
export interface HttpAnswer {
  status: number;
  headers: HeaderList;
  body: Uint8Array | undefined;
  /** gRPC's status, where the one who answers has chosen it. */
  grpcStatus?: number | undefined;
}

const contentType = "application/grpc";

/** Whether a request is one of gRPC: `application/grpc`, or that with a format, as in `application/grpc+proto`. */
export function isGrpcRequest(headers: HeaderList): boolean {
  let value: string | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === "content-type") {
      if (value !== undefined) {
        return false;
      }
      value = headers[i + 1];
    }
  }
  return value?.startsWith(contentType) === true && (value.length === contentType.length || value[16] === "+");
}

/** The whole answer: a head, `:status` first, that ends it. */
export function grpcAnswerHead(answer: HttpAnswer, headRequest: boolean): HeaderList {
  const { status, headers, body, grpcStatus = grpcStatusOfHttp(status) } = answer;
  const head = [":status", "200", ...headers];
  removeValues(head, "content-length");
  removeValues(head, "transfer-encoding");
  setValue(head, "content-type", contentType);
  if ((firstValue(head, "grpc-status") ?? "") === "") {
    setValue(head, "grpc-status", String(grpcStatus));
  }
  if (body !== undefined && body.length > 0 && !headRequest) {
    setValue(head, "grpc-message", percentEncoded(body));
  }
  return head;
}

/** As Envoy does it, which encodes `~`, too. */
function percentEncoded(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("latin1")
    .replace(/[^ -$&-}]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}
