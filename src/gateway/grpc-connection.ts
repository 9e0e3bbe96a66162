/** The HTTP/2 connections to one upstream, for gRPC: one that takes streams, made when it is needed, closed when it is idle. */
import http2 from "node:http2";
import { messageHeadFields } from "../abi/head-limits.js";

/** How long a connection without a stream is kept. */
const idleMilliseconds = 4_000;

/** Node's own limit is lower, and counts the status, too. */
const maxHeaderListPairs = messageHeadFields + 1;

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
  /** Takes new streams. */
  #session: http2.ClientHttp2Session | undefined;
  /** All that are open, those too that only end their streams. */
  readonly #sessions = new Set<http2.ClientHttp2Session>();
  /** Those that are asked whether the upstream still answers. */
  readonly #doubted = new WeakSet<http2.Http2Session>();
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
    for (const session of this.#sessions) {
      session.destroy();
    }
  }

  /**
   * A stream heard nothing in time. Node tells nobody when the upstream breaks the protocol, and reads no more then: so new streams get
   * another connection, and this one is ended unless the upstream still answers.
   */
  doubt(stream: http2.ClientHttp2Stream): void {
    const { session } = stream;
    if (session === undefined || session.destroyed) {
      return;
    }
    if (this.#session === session) {
      this.#session = undefined;
    }
    if (this.#doubted.has(session)) {
      return;
    }
    this.#doubted.add(session);
    const limit = setTimeout(() => {
      session.destroy(new Error("no sign of life"));
    }, this.#peer.connectTimeoutMilliseconds);
    session.once("close", () => {
      clearTimeout(limit);
    });
    session.ping(() => {
      clearTimeout(limit);
      this.#doubted.delete(session);
      session.close();
    });
  }

  #open(): http2.ClientHttp2Session {
    const current = this.#session;
    if (current !== undefined && !current.closed && !current.destroyed) {
      return current;
    }
    const { secure, origin, serverName, connectTimeoutMilliseconds } = this.#peer;
    const session = http2.connect(origin, {
      maxHeaderListPairs,
      ...(secure && serverName !== undefined && { servername: serverName }),
    });
    const limit = setTimeout(() => {
      session.destroy(new Error(`no connection within ${connectTimeoutMilliseconds} ms`));
    }, connectTimeoutMilliseconds);
    session.once("connect", () => {
      clearTimeout(limit);
    });
    session.once("close", () => {
      clearTimeout(limit);
      this.#sessions.delete(session);
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
    this.#sessions.add(session);
    return session;
  }
}
