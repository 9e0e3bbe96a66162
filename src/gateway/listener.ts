/** The gateway's side towards clients: HTTP/1.1 by node:http. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, DropArgument, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { messageHeadBytes } from "../abi/head-limits.js";
import { pathOf } from "../config/request-path.js";
import type { ListenerConfig } from "../config/types.js";
import { isGrpcRequest } from "../host/grpc-answer.js";
import type { AccessLog } from "./access-log.js";
import { plainAddress } from "./addresses.js";
import { ClientConnection } from "./client-connection.js";
import { ClientExchange } from "./client-exchange.js";
import { ConnectionLimits, type RefusedConnections } from "./connection-limits.js";
import { appendEndToEnd } from "./hop-by-hop.js";
import { sendGrpcRefusal, sendRefusal } from "./plain-answer.js";
import { type Refusal, refusalBody } from "./refusal.js";
import { type RequestHeadParts, readRequestHead } from "./request-head.js";
import type { RouteTable } from "./route-table.js";
import { RoutedExchange } from "./routed-exchange.js";

export interface ListenerOptions {
  /** The routes for an exchange that begins now. */
  routes(): RouteTable;
  accessLog: AccessLog | undefined;
  accessLogDetail: boolean;
  /** A limit of connections is reached. */
  onConnectionsRefused: ((refused: RefusedConnections) => void) | undefined;
  /** A defect: the exchange was broken off, the gateway goes on. */
  onDefect: (error: unknown) => void;
}

/** Node looks for heads that are late at least this often. */
const headCheckMilliseconds = 1_000;

export class Listener {
  readonly #config: ListenerConfig;
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #connections = new Set<ClientConnection>();
  readonly #limits: ConnectionLimits;
  #draining = false;

  constructor(config: ListenerConfig, options: ListenerOptions) {
    this.#config = config;
    this.#options = options;
    const { timeouts, limits } = config;
    this.#limits = new ConnectionLimits(limits, (refused) => {
      options.onConnectionsRefused?.(refused);
    });
    this.#server = createServer({
      // For trailers; heads are counted as they come: see ClientInput.
      maxHeaderSize: messageHeadBytes,
      headersTimeout: timeouts.requestHeadersMilliseconds,
      // A head may be late by that much.
      connectionsCheckingInterval: Math.min(headCheckMilliseconds, Math.ceil(timeouts.requestHeadersMilliseconds / 4)),
      // A request may take as long as it moves on: see #onTimeout.
      requestTimeout: 0,
      keepAliveTimeout: timeouts.keepAliveMilliseconds,
      highWaterMark: 65_536,
      // Checked with a message that says so.
      requireHostHeader: false,
    });
    // All or nothing: Node would drop the rest without a word. readRequestHead counts them.
    this.#server.maxHeadersCount = 0;
    this.#server.maxConnections = limits.connections;
    this.#server.timeout = timeouts.requestBodyIdleMilliseconds;
    this.#server
      .on("connection", (socket: Socket) => {
        this.#onConnection(socket);
      })
      .on("drop", (connection?: DropArgument) => {
        this.#limits.refuse("connections", limits.connections, plainAddress(connection?.remoteAddress ?? ""));
      })
      .on("request", (request, response) => {
        this.#onRequest(request, response, false);
      })
      .on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
        this.#onRequest(request, response, true);
      })
      .on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
        this.#refuseExpectation(request, response);
      })
      .on("connect", (_request: IncomingMessage, socket: Duplex) => {
        ClientConnection.of(socket)?.refuse(noTunnel);
      })
      .on("clientError", (error: Error & { code?: string }, socket: Duplex) => {
        this.#onClientError(error, socket);
      })
      .on("timeout", (socket: Socket) => {
        this.#onTimeout(socket);
      });
  }

  /** Resolves with the address that it listens on; rejects where it cannot. */
  listen(): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#config.port, this.#config.host, () => {
        this.#server.off("error", reject);
        this.#server.on("error", this.#options.onDefect);
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  /** Stops accepting, lets exchanges in progress end, at most for the time of `drainMilliseconds`, then breaks them off. */
  async close(): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const connection of this.#connections) {
      connection.closing = true;
      if (connection.exchange === undefined) {
        connection.socket.destroySoon();
      }
    }
    const limit = setTimeout(() => {
      for (const connection of this.#connections) {
        connection.socket.destroy();
      }
    }, this.#config.timeouts.drainMilliseconds);
    await closed;
    clearTimeout(limit);
    this.#limits.close();
  }

  #onConnection(socket: Socket): void {
    const connection = new ClientConnection(socket, this.#config.requestTrailers === "pass", (refusal) => {
      this.#logRefusal(refusal, { clientAddress: connection.clientAddress });
    });
    if (!this.#limits.take(connection.clientIp)) {
      socket.destroy();
      return;
    }
    this.#connections.add(connection);
    // The first head has a limit of its own, at which Node answers 408; the socket's must not come before it.
    const { requestHeadersMilliseconds, requestBodyIdleMilliseconds } = this.#config.timeouts;
    socket.setTimeout(Math.max(requestHeadersMilliseconds + headCheckMilliseconds * 2, requestBodyIdleMilliseconds));
    socket.on("close", () => {
      this.#connections.delete(connection);
      this.#limits.release(connection.clientIp);
      connection.onClose();
    });
  }

  #onRequest(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    const connection = ClientConnection.of(request.socket);
    if (connection === undefined || connection.closing) {
      // The client was told that the connection closes.
      return;
    }
    if (connection.exchange !== undefined) {
      // One at a time: see ClientInput.
      this.#options.onDefect(new Error("A second request came before the first one had its response."));
      request.socket.destroy();
      return;
    }
    // While the gateway stops, this request is the last one of its connection.
    connection.closing = this.#draining;
    try {
      this.#route(connection, request, response, awaitsContinue);
    } catch (error) {
      this.#options.onDefect(error);
      request.socket.destroy();
    }
  }

  #route(
    connection: ClientConnection,
    request: IncomingMessage,
    response: ServerResponse,
    awaitsContinue: boolean,
  ): void {
    const parts = readRequestHead(request, connection, this.#config.trustedHops);
    if ("details" in parts) {
      // How such a message is framed is not certain, nor what follows it.
      connection.lingerOnClose();
      this.#refuse(connection, request, response, parts);
      return;
    }
    const found = this.#options.routes().router.find(parts);
    if ("allow" in found) {
      this.#refuse(connection, request, response, found.allow.length === 0 ? noRoute : wrongMethod(found.allow), parts);
      return;
    }
    const client = new ClientExchange(connection, request, response, parts.contentLength, awaitsContinue);
    const exchange = new RoutedExchange(found.route, parts, connection, client, this.#options);
    client.exchange = found.route.chain.open(exchange);
    if (!exchange.head.endOfStream) {
      request.socket.setTimeout(this.#server.timeout);
      client.readBody();
    }
  }

  #refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
    const connection = ClientConnection.of(request.socket);
    if (connection !== undefined && !connection.closing) {
      connection.lingerOnClose();
      this.#refuse(connection, request, response, unknownExpectation);
    }
  }

  #refuse(
    connection: ClientConnection,
    request: IncomingMessage,
    response: ServerResponse,
    refusal: Refusal,
    parts?: RequestHeadParts,
  ): void {
    const contentLength = parts?.contentLength ?? (request.headers["transfer-encoding"] === undefined ? 0 : -1);
    const client = new ClientExchange(connection, request, response, contentLength, false);
    const grpc = refusal.unread !== true && isGrpcRequest(appendEndToEnd([], request.rawHeaders));
    if (grpc) {
      sendGrpcRefusal(client, refusal, request.method === "HEAD");
    } else {
      sendRefusal(client, refusal);
    }
    if (contentLength !== 0) {
      client.readBody();
    }
    this.#logRefusal(
      grpc ? { ...refusal, status: 200, bodyless: true } : refusal,
      parts === undefined
        ? { method: request.method, path: pathAsSent(request), clientAddress: connection.clientAddress }
        : { ...parts, path: pathOf(parts.target) },
    );
  }

  #logRefusal(refusal: Refusal & { bodyless?: true }, asked: RefusedRequest): void {
    const { status, details, bodyless = false } = refusal;
    const { requestId = "", method = "", path = "", clientAddress } = asked;
    this.#options.accessLog?.({
      requestId,
      method,
      path,
      route: undefined,
      status,
      details,
      durationMilliseconds: 0,
      requestBytes: 0,
      responseBytes: bodyless || method === "HEAD" ? 0 : refusalBody(refusal).length,
      clientAddress,
    });
  }

  #onClientError(error: Error & { code?: string }, socket: Duplex): void {
    const connection = ClientConnection.of(socket);
    if (connection === undefined || !socket.writable || error.code === "ECONNRESET") {
      socket.destroy();
      return;
    }
    if (error.code === "HPE_INVALID_EOF_STATE") {
      // The client closed its side within a request: nobody is there to be answered.
      socket.destroy();
      return;
    }
    connection.input.discard();
    if (connection.exchange === undefined) {
      connection.refuse(unreadable(error.code));
    } else {
      connection.lingerOnClose();
      connection.exchange.abort(400, "bad_request_body");
    }
  }

  /** Nothing moved on a connection for the time of `requestBodyIdleMilliseconds`, or `keepAliveMilliseconds` between requests. */
  #onTimeout(socket: Socket): void {
    const connection = ClientConnection.of(socket);
    const exchange = connection?.exchange;
    if (connection === undefined || exchange === undefined) {
      socket.destroy();
      return;
    }
    if (exchange.awaitsClient) {
      connection.lingerOnClose();
      exchange.abort(408, "request_body_timeout");
    }
    // Everything else has its limits in the chain. The timer starts again with the next byte, or here.
    socket.setTimeout(this.#server.timeout);
  }
}

/** What is known of a request that gets no further than the listener. */
interface RefusedRequest {
  requestId?: string;
  method?: string | undefined;
  path?: string;
  clientAddress: string;
}

/** Of a target that is not known to be good. An absolute one may have a password in it, a fragment or a query a token. */
function pathAsSent({ url = "" }: IncomingMessage): string {
  return /^\/[^?#]*/.exec(url)?.[0] ?? "";
}

const noRoute: Refusal = { status: 404, details: "route_not_found", message: "No route matches this host and path." };

const unknownExpectation: Refusal = {
  status: 417,
  details: "bad_expectation",
  message: "Only 100-continue can be expected.",
};

function wrongMethod(allow: readonly string[]): Refusal {
  return {
    status: 405,
    details: "method_not_allowed",
    message: "No route takes this method here.",
    headers: ["allow", allow.join(", ")],
  };
}

const noTunnel: Refusal = { status: 501, details: "connect_refused", message: "This gateway does not tunnel." };

/** What a client is told whose request Node's parser does not take. */
function unreadable(code: string | undefined): Refusal {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, details: "request_head_timeout", message: "The request's head did not come in time." };
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return {
        status: 413,
        details: "chunk_extensions_too_large",
        message: "The request's chunk extensions are too large.",
      };
    default:
      return { status: 400, details: "bad_request", message: "The request is not valid HTTP/1.1." };
  }
}
