/** A client's connection: facts that every exchange on it shares, and the exchanges in progress. */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { formatAddress, plainAddress } from "./addresses.js";
import { lingerMilliseconds } from "./limits.js";

const key = Symbol("connection");

/** What a connection needs of an exchange on it. */
export interface ConnectionExchange {
  /** The client owes a part of its request, and nobody but the client holds it up. */
  readonly awaitsClient: boolean;
  /** The whole request was received. */
  readonly requestEnded: boolean;
  /** Gives up on the exchange: answers with this status or, when a head is out, breaks it off. */
  abort(status: number, details: string): void;
  onConnectionClosed(): void;
}

export class ClientConnection {
  readonly socket: Socket;
  readonly clientIp: string;
  /** `ip:port`. */
  readonly clientAddress: string;
  /** `ip:port`. */
  readonly localAddress: string;
  /** The last valid host, since it seldom changes. */
  lastHost: string | undefined = undefined;
  /** In the order of their requests; more than one only when a client pipelines. */
  readonly exchanges: ConnectionExchange[] = [];
  /** No further request is served on it; it closes when the exchanges in progress have ended. */
  closing = false;
  #lingering: NodeJS.Timeout | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    this.clientIp = plainAddress(socket.remoteAddress ?? "0.0.0.0");
    this.clientAddress = formatAddress(this.clientIp, socket.remotePort);
    this.localAddress = formatAddress(socket.localAddress ?? "0.0.0.0", socket.localPort);
    (socket as Keyed)[key] = this;
  }

  static of(socket: Duplex): ClientConnection | undefined {
    return (socket as Keyed)[key];
  }

  remove(exchange: ConnectionExchange): void {
    const index = this.exchanges.indexOf(exchange);
    if (index >= 0) {
      this.exchanges.splice(index, 1);
    }
  }

  /** The socket is closed: whatever was in progress is lost. */
  onClose(): void {
    clearTimeout(this.#lingering);
    for (const exchange of this.exchanges.splice(0)) {
      exchange.onConnectionClosed();
    }
  }

  /**
   * From now on, instead of being closed after its last response, the connection is closed in the direction of the client
   * only, and read on for a while: closing it while the client still sends resets it, and the client would lose the response.
   */
  lingerOnClose(): void {
    this.closing = true;
    this.socket.destroySoon = () => {
      this.linger();
    };
  }

  /** Everything the client sent was read: the connection may be closed at once, or as soon as the response is out. */
  stopLingering(): void {
    if (Object.hasOwn(this.socket, "destroySoon")) {
      // Back to the method of the class.
      Reflect.deleteProperty(this.socket, "destroySoon");
      if (this.#lingering !== undefined) {
        this.socket.destroySoon();
      }
    }
  }

  /** Ends the sending side now; whatever the client still sends is thrown away, for a limited time. */
  linger(lastWords?: string): void {
    this.closing = true;
    if (this.#lingering === undefined && !this.socket.destroyed) {
      this.#lingering = setTimeout(() => {
        this.socket.destroy();
      }, lingerMilliseconds);
      this.socket.end(lastWords ?? "");
    }
  }
}

type Keyed = Duplex & { [key]?: ClientConnection };
