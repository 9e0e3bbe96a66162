/** The HTTP/2 connection to one upstream, for gRPC: made when it is needed, closed when it is idle. */
import http2 from "node:http2";

/** How long a connection without a stream is kept. */
const idleMilliseconds = 4_000;

/** Where to connect to. */
export interface GrpcPeer {
  readonly secure: boolean;
  readonly origin: string;
  /** The host for TLS to ask for and to verify; undefined where the upstream is an address. */
  readonly serverName: string | undefined;
  readonly connectTimeoutMilliseconds: number;
}

export class GrpcConnection {
  readonly #peer: GrpcPeer;
  #session: http2.ClientHttp2Session | undefined;
  #streams = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(peer: GrpcPeer) {
    this.#peer = peer;
  }

  /** Opens a stream; connects first where that is needed. Throws what node:http2 refuses in `headers`. */
  request(headers: http2.OutgoingHttpHeaders): http2.ClientHttp2Stream {
    const stream = this.#open().request(headers);
    clearTimeout(this.#idleTimer);
    this.#streams++;
    stream.once("close", () => {
      this.#streams--;
      if (this.#streams === 0) {
        this.#idleTimer = setTimeout(() => {
          this.#session?.close();
        }, idleMilliseconds).unref();
      }
    });
    return stream;
  }

  /** Breaks off what is open. */
  close(): void {
    clearTimeout(this.#idleTimer);
    this.#session?.destroy();
  }

  #open(): http2.ClientHttp2Session {
    const current = this.#session;
    if (current !== undefined && !current.closed && !current.destroyed) {
      return current;
    }
    const { secure, origin, serverName, connectTimeoutMilliseconds } = this.#peer;
    const session = http2.connect(origin, secure && serverName !== undefined ? { servername: serverName } : {});
    const limit = setTimeout(() => {
      session.destroy(new Error(`no connection within ${connectTimeoutMilliseconds} ms`));
    }, connectTimeoutMilliseconds);
    session.once("connect", () => {
      clearTimeout(limit);
    });
    session.once("close", () => {
      clearTimeout(limit);
    });
    // The streams hear of it, too.
    session.on("error", () => undefined);
    // The upstream takes no more streams here; those that are open may end.
    session.once("goaway", () => {
      if (this.#session === session) {
        this.#session = undefined;
      }
    });
    this.#session = session;
    return session;
  }
}
