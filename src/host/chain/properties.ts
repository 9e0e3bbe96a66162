/** Stream properties by Envoy's attribute names, serialised as proxy-wasm does: text as bytes, numbers as 8 bytes, LE. */
import { Status } from "../../abi/constants.js";
import { copyBytes } from "../../abi/copy-bytes.js";
import { firstValue } from "../../abi/header-list.js";
import type { HeaderList } from "../../abi/port.js";
import { decodeViolation, type Violation, violationProperty } from "../../abi/violation.js";
import type { ExchangeFacts } from "../exchange.js";
import { statusOf } from "./header-edits.js";

/** Where the properties of an exchange come from. */
export interface PropertySource {
  readonly facts: ExchangeFacts;
  readonly request: { readonly headers: HeaderList | undefined };
  /** Its head is undefined until a response has begun. */
  readonly response: { readonly headers: HeaderList | undefined };
  readonly responseDetails: string;
  readonly upstream: { readonly address: string | undefined };
}

/** The properties of one exchange: Envoy's, and what policies have set for each other under names of their own. */
export class StreamProperties {
  #shared: Map<string, Uint8Array> | undefined = undefined;

  constructor(private readonly source: PropertySource) {}

  get(path: readonly string[]): Uint8Array | undefined {
    const name = path.join(".");
    const property = streamProperty(this.source, name);
    if (property !== undefined || this.#shared === undefined) {
      return property;
    }
    const shared = this.#shared.get(name);
    return shared && copyBytes(shared);
  }

  set(path: readonly string[], value: Uint8Array): Status {
    const [name] = path;
    if (path.length !== 1 || name === undefined || name === "") {
      return Status.BadArgument;
    }
    this.#shared ??= new Map();
    this.#shared.set(name, copyBytes(value));
    return Status.Ok;
  }

  get violation(): Violation | undefined {
    return this.#shared && decodeViolation(this.#shared.get(violationProperty.join(".")));
  }
}

/** undefined: there is no such property, or not yet. */
export function streamProperty(source: PropertySource, name: string): Uint8Array | undefined {
  const { facts } = source;
  switch (name) {
    case "source.address":
      return text(facts.clientAddress);
    case "source.port":
      return port(facts.clientAddress);
    case "destination.address":
      return text(facts.localAddress);
    case "request.id":
      return text(facts.requestId);
    case "request.protocol":
      return text(facts.protocol);
    case "request.method":
      return requestHeader(source, ":method");
    case "request.path":
      return requestHeader(source, ":path");
    case "request.host":
      return requestHeader(source, ":authority");
    case "request.scheme":
      return requestHeader(source, ":scheme");
    case "xds.route_name":
    case "route_name":
      return text(facts.routeName);
    case "upstream.address":
      return source.upstream.address === undefined ? undefined : text(source.upstream.address);
    case "response.code":
      return source.response.headers === undefined ? undefined : integer(statusOf(source.response.headers));
    case "response.code_details":
      return source.responseDetails === "" ? undefined : text(source.responseDetails);
    case "connection.mtls":
      return new Uint8Array([facts.tls?.mutual === true ? 1 : 0]);
    case "connection.tls_version":
      return facts.tls === undefined ? undefined : text(facts.tls.version);
    case "connection.requested_server_name":
      return facts.tls?.serverName === undefined ? undefined : text(facts.tls.serverName);
    case "connection.subject_peer_certificate":
      return facts.tls?.peerSubject === undefined ? undefined : text(facts.tls.peerSubject);
    default:
      return undefined;
  }
}

function requestHeader(source: PropertySource, name: string): Uint8Array | undefined {
  const { headers } = source.request;
  const value = headers && firstValue(headers, name);
  // Byte strings: one char is one byte.
  return value === undefined ? undefined : new Uint8Array(Buffer.from(value, "latin1"));
}

function port(address: string): Uint8Array | undefined {
  const value = Number(address.slice(address.lastIndexOf(":") + 1));
  return Number.isInteger(value) ? integer(value) : undefined;
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function integer(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
  return bytes;
}
