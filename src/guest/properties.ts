/** Stream properties, decoded from what proxy-wasm hosts give (Envoy's attributes). */
import type { Hostcalls } from "../abi/port.js";
import type { StreamProperties, TlsProperties } from "../policy/context.js";
import { hideFields } from "../policy/opaque.js";

/** What is kept of a request, whose head Envoy cannot read any more when the response comes; byte strings. */
export interface KeptRequest {
  readonly keptId?: string | undefined;
  /** Where the policy may ask for it. */
  readonly keptPath?: string | undefined;
}

export class ExchangeProperties implements StreamProperties {
  /** The hostcalls, acting on the exchange; undefined when it is over, where they would tell of another one. */
  private readonly host: () => Hostcalls | undefined;
  private readonly kept: KeptRequest;

  constructor(host: () => Hostcalls | undefined, kept: KeptRequest) {
    this.host = host;
    this.kept = kept;
  }

  get clientAddress(): string | undefined {
    return this.text(["source", "address"]);
  }

  get upstreamAddress(): string | undefined {
    return this.text(["upstream", "address"]);
  }

  get tls(): TlsProperties | undefined {
    const version = this.text(["connection", "tls_version"]);
    if (version === undefined) {
      return undefined;
    }
    return {
      version,
      serverName: this.text(["connection", "requested_server_name"]),
      mutual: this.get(["connection", "mtls"])?.[0] === 1,
      peerSubject: this.text(["connection", "subject_peer_certificate"]),
    };
  }

  get requestId(): string | undefined {
    return this.text(["request", "id"]);
  }

  get routeName(): string | undefined {
    return this.text(["xds", "route_name"]);
  }

  get(path: readonly string[]): Uint8Array | undefined {
    const host = this.host();
    return host === undefined ? undefined : (host.getProperty(path) ?? this.keptProperty(path));
  }

  /** A property that is text; undefined when there is none or it is empty. */
  text(path: readonly string[]): string | undefined {
    const bytes = this.get(path);
    return bytes === undefined || bytes.length === 0 ? undefined : new TextDecoder().decode(bytes);
  }

  private keptProperty([first, second, third]: readonly string[]): Uint8Array | undefined {
    if (first !== "request" || third !== undefined) {
      return undefined;
    }
    const { keptId, keptPath } = this.kept;
    const text = second === "id" ? keptId : second === "path" ? keptPath : undefined;
    return text === undefined ? undefined : Uint8Array.from(text, (char) => char.charCodeAt(0));
  }
}

hideFields(ExchangeProperties);
