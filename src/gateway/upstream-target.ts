/** Where an upstream is, and its connections. */
import http from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import { buildConnector, Client, type Dispatcher, Pool } from "undici";
import type { UpstreamConfig } from "../config/types.js";
import { peerAddress } from "./addresses.js";
import { GrpcConnection } from "./grpc-connection.js";
import { parsedHeadBytes } from "./limits.js";
import { ResponseGate } from "./response-gate.js";

/** How long an idle connection to an upstream is kept, unless the upstream's `Keep-Alive` says less. */
const idleConnectionMilliseconds = 4_000;

/** A connection of undici's pool, as the requests on it see it. */
export interface PooledConnection {
  /** `ip:port` of the peer, once connected. */
  address: string | undefined;
  /** Of the present socket; undefined while there has been none, and after one that did not come about. */
  gate: ResponseGate | undefined;
}

/** What a dispatch carries to the client that the pool chooses for it. */
export interface PooledDispatchOptions extends Dispatcher.DispatchOptions {
  /** undici takes it from `Host` else, and closes the connection whenever that changes. */
  servername: string;
  /** Told which connection it will go out on. */
  request: { onConnectionChosen(connection: PooledConnection): void };
}

/** One upstream: undici's pool for requests without a body, node:http's agent for the others, node:http2 for gRPC. */
export class UpstreamTarget {
  readonly pool: Pool;
  readonly agent: http.Agent;
  readonly grpc: GrpcConnection;
  readonly secure: boolean;
  readonly origin: string;
  /** Host and port, as a request names them. */
  readonly authority: string;
  readonly host: string;
  readonly port: number;
  /** The host for TLS to ask for and to verify; undefined where the upstream is an address. */
  readonly serverName: string | undefined;
  readonly connectTimeoutMilliseconds: number;

  constructor(config: UpstreamConfig) {
    const url = new URL(config.url);
    this.secure = url.protocol === "https:";
    this.origin = url.origin;
    this.authority = url.host;
    this.host = url.hostname.replace(/^\[|\]$/g, "");
    this.port = url.port === "" ? (this.secure ? 443 : 80) : Number(url.port);
    this.serverName = isIP(this.host) === 0 ? this.host : undefined;
    this.connectTimeoutMilliseconds = config.connectTimeoutMilliseconds;
    this.pool = new Pool(url.origin, {
      factory: (origin, options) => new PooledClient(origin, options, this),
      keepAliveTimeout: idleConnectionMilliseconds,
      maxHeaderSize: parsedHeadBytes,
      // The chain has its own limits for these, on its own clock.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const agentOptions = { keepAlive: true, timeout: idleConnectionMilliseconds, scheduling: "lifo" } as const;
    this.grpc = new GrpcConnection(this);
    this.agent = this.secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
  }

  /** Closes every connection; what is on its way fails. */
  async close(): Promise<void> {
    this.agent.destroy();
    this.grpc.close();
    await this.pool.destroy();
  }
}

/** Tells each request which connection it goes out on; undici itself keeps that to itself. */
class PooledClient extends Client {
  readonly #connection: PooledConnection;

  constructor(origin: string | URL, options: Client.Options, target: UpstreamTarget) {
    const connection: PooledConnection = { address: undefined, gate: undefined };
    const connector = buildConnector({ timeout: target.connectTimeoutMilliseconds });
    super(origin, {
      ...options,
      connect(connectOptions, callback) {
        const { servername: _, ...rest } = connectOptions;
        connector(target.serverName === undefined ? rest : { ...rest, servername: target.serverName }, (...result) => {
          if (result[0] === null) {
            connection.address = peerAddress(result[1]);
            connection.gate = ResponseGate.of(result[1]);
          } else {
            connection.gate = undefined;
          }
          callback(...result);
        });
      },
    });
    this.#connection = connection;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    (options as PooledDispatchOptions).request.onConnectionChosen(this.#connection);
    return super.dispatch(options, handler);
  }
}
