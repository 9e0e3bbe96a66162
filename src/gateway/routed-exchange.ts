/** An exchange on its route: what the chain is given to open it, and the line of the access log at its end. */
import type { HeaderList } from "../abi/port.js";
import { pathOf } from "../config/request-path.js";
import type { OpenExchange } from "../host/chain/chain-options.js";
import type { Downstream } from "../host/downstream.js";
import type { ExchangeEnd, ExchangeFacts, ExchangeLimits } from "../host/exchange.js";
import type { AccessLog } from "./access-log.js";
import type { ClientConnection } from "./client-connection.js";
import type { RequestHeadParts } from "./request-head.js";
import type { ActiveRoute } from "./route-table.js";

export class RoutedExchange implements OpenExchange {
  readonly head: { headers: HeaderList; endOfStream: boolean };
  readonly facts: ExchangeFacts;
  readonly limits: ExchangeLimits;
  readonly upstream: string;
  readonly wantsDetail: boolean;
  readonly #route: ActiveRoute;
  readonly #parts: RequestHeadParts;
  readonly #accessLog: AccessLog | undefined;

  constructor(
    route: ActiveRoute,
    parts: RequestHeadParts,
    connection: ClientConnection,
    readonly downstream: Downstream,
    { accessLog, accessLogDetail }: { accessLog: AccessLog | undefined; accessLogDetail: boolean },
  ) {
    this.#route = route;
    this.#parts = parts;
    this.#accessLog = accessLog;
    this.head = { headers: parts.headers, endOfStream: parts.contentLength === 0 };
    this.facts = {
      requestId: parts.requestId,
      routeName: route.config.name,
      protocol: parts.protocol,
      clientAddress: parts.clientAddress,
      localAddress: connection.localAddress,
    };
    this.limits = route.config.limits;
    this.upstream = route.config.upstream;
    this.wantsDetail = accessLogDetail;
  }

  onEnd(end: ExchangeEnd): void {
    this.#accessLog?.({
      requestId: this.#parts.requestId,
      method: this.#parts.method,
      path: pathOf(this.#parts.target),
      route: this.#route.config.name,
      clientAddress: this.facts.clientAddress,
      ...end,
    });
  }
}
