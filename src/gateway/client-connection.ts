/** A client's connection: facts that every exchange on it shares, and the one in progress. */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { formatAddress, plainAddress } from "./addresses.js";
import { ClientInput, type InputOwner } from "./client-input.js";
import { lingerMilliseconds } from "./limits.js";
import { type Refusal, refusalMessage } from "./refusal.js";

const key = Symbol("connection");

/** What a connection needs of an exchange on it. */
export interface ConnectionExchange {
  /** The client owes a part of its request, and nobody but the client holds it up. */
  readonly awaitsClient: boolean;
  /** Gives up on the exchange: answers with this status or, when a head is out, breaks it off. */
  abort(status: number, details: string): void;
  onConnectionClosed(): void;
}

export class ClientConnection implements InputOwner {
  readonly socket: Socket;
  readonly clientIp: string;
  /** `ip:port`. */
  readonly clientAddress: string;
  /** `ip:port`. */
  readonly localAddress: string;
  /** The connection is not encrypted. */
  readonly scheme = "http";
  /** The last valid one, since it seldom changes. */
  lastAuthority: string | undefined = undefined;
  readonly input: ClientInput;
  /** The one in progress: what a client sends beyond its request waits until its response is out. */
  exchange: ConnectionExchange | undefined;
  /** No further request is served on it; it closes when the exchange in progress has ended. */
  closing = false;
  readonly #onRefusal: (refusal: Refusal) => void;
  #lingering: NodeJS.Timeout | undefined;

  /** `passesTrailers`: those of requests. `onRefusal` is told when the connection is given up with an answer to what is no request. */
  constructor(
    socket: Socket,
    readonly passesTrailers: boolean,
    onRefusal: (refusal: Refusal) => void,
  ) {
    this.socket = socket;
    this.#onRefusal = onRefusal;
    this.clientIp = plainAddress(socket.remoteAddress ?? "0.0.0.0");
    this.clientAddress = formatAddress(this.clientIp, socket.remotePort);
    this.localAddress = formatAddress(socket.localAddress ?? "0.0.0.0", socket.localPort);
    (socket as Keyed)[key] = this;
    // For good: Node takes its own listener off with CONNECT. What matters comes with the closing of the connection.
    socket.on("error", ignore);
    this.input = new ClientInput(socket, this);
  }

  static of(socket: Duplex): ClientConnection | undefined {
    return (socket as Keyed)[key];
  }

  /** The socket is closed: whatever was in progress is lost. */
  onClose(): void {
    clearTimeout(this.#lingering);
    this.input.discard();
    const { exchange } = this;
    this.exchange = undefined;
    exchange?.onConnectionClosed();
  }

  /** Answers where there is no request to answer, and gives the connection up. */
  refuse(refusal: Refusal): void {
    if (this.closing) {
      return;
    }
    this.input.discard();
    this.linger(refusalMessage(refusal));
    // Node lets go of a socket after CONNECT; read on, or the end of the connection is never seen.
    this.socket.resume();
    this.#onRefusal(refusal);
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

function ignore(): void {
  // Nothing to do.
}
