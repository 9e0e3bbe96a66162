/** The filters' second parameter. Everything is made when it is asked for: most filters ask for little. */
import type { PolicyClock, ResponseContext, SentRequest } from "../policy/context.js";
import { areElsewhere, type Elsewhere, filterContextHints } from "../policy/elsewhere.js";
import type { Logger } from "../policy/logger.js";
import type { Message } from "../policy/message.js";
import type { CancelReason, RequestData } from "../policy/request-data.js";
import { RequestState } from "../policy/request-states.js";
import { type ExchangePort, ports, servicePort } from "../policy/service-port.js";
import { AbortController } from "./abort.js";
import type { PolicyInstance } from "./instance.js";
import { GuestLogger, type LogOrigin } from "./log.js";
import { ExchangeProperties, type KeptRequest } from "./properties.js";

/** The exchange that the context belongs to. */
interface ContextOwner extends KeptRequest {
  readonly instance: PolicyInstance;
  readonly id: number;
  /** What log lines say of it when it is over. */
  readonly origin?: Omit<LogOrigin, "policy">;
}

/** The exchange of a filter's context. */
interface FilteredExchange extends ContextOwner {
  readonly requestData: RequestData<unknown>;
  readonly sentRequest: SentRequest;
  /** Made at the first use. */
  readonly parts: ContextParts;
}

/**
 * A filter's view of its exchange. Policies copy it and look at what is in it: there is nothing but what they may use, and that is its
 * prototype's.
 */
export class ExchangeContext implements ResponseContext<unknown, unknown, unknown> {
  /** One such field for each exchange: QuickJS takes half as long for it as for all that hides a property in another way. */
  readonly #exchange: FilteredExchange;

  declare readonly fetch: Elsewhere<(typeof filterContextHints)["fetch"]>;
  declare readonly client: Elsewhere<(typeof filterContextHints)["client"]>;
  declare readonly metrics: Elsewhere<(typeof filterContextHints)["metrics"]>;
  declare readonly log: Elsewhere<(typeof filterContextHints)["log"]>;
  declare readonly env: Elsewhere<(typeof filterContextHints)["env"]>;
  declare readonly authentication: Elsewhere<(typeof filterContextHints)["authentication"]>;
  declare readonly violations: Elsewhere<(typeof filterContextHints)["violations"]>;

  constructor(exchange: FilteredExchange) {
    this.#exchange = exchange;
  }

  get config(): unknown {
    return this.#exchange.instance.config;
  }

  get resources(): unknown {
    return this.#exchange.instance.resources;
  }

  get clock(): PolicyClock {
    return this.#exchange.instance.clock;
  }

  get requestData(): RequestData<unknown> {
    return this.#exchange.requestData;
  }

  get request(): SentRequest {
    return this.#exchange.sentRequest;
  }

  get properties(): ExchangeProperties {
    return this.#exchange.parts.properties;
  }

  get logger(): Logger {
    return this.#exchange.parts.logger;
  }

  get signal(): AbortSignal {
    return this.#exchange.parts.signal;
  }

  get [servicePort](): ExchangePort {
    return this.#exchange.parts.port;
  }
}

/** What the filters of one exchange share, and most never use. */
export class ContextParts {
  readonly properties: ExchangeProperties;
  readonly logger: Logger;
  private readonly exchange: ContextOwner;
  declare private request?: RequestState;
  private ownPort: ExchangePort | undefined;
  private abortController: AbortController | undefined;
  private abortReason: CancelReason | undefined;

  constructor(exchange: ContextOwner) {
    const { access } = exchange.instance;
    this.exchange = exchange;
    const properties = new ExchangeProperties(() => access.ifKnown(exchange.id), exchange);
    this.properties = properties;
    this.logger = new GuestLogger(access, () => ({
      policy: exchange.instance.settings.name,
      ...(exchange.origin ?? { route: properties.routeName, request: properties.requestId }),
    }));
  }

  get port(): ExchangePort {
    return (this.ownPort ??= ports.ofExchange?.(this)) as ExchangePort;
  }

  get id(): number {
    return this.exchange.id;
  }

  get instance(): PolicyInstance {
    return this.exchange.instance;
  }

  requestOf(message: Message): RequestState {
    return (this.request ??= new RequestState(message));
  }

  get signal(): AbortSignal {
    if (this.abortController === undefined) {
      this.abortController = new AbortController();
      if (this.abortReason !== undefined) {
        this.abortController.abort(this.abortReason);
      }
    }
    // Where policies are checked with Node's types, those say more of a signal.
    return this.abortController.signal as unknown as AbortSignal;
  }

  /** The filter is ended before it has decided. */
  abort(reason: CancelReason): void {
    this.abortReason ??= reason;
    this.abortController?.abort(reason);
  }
}

areElsewhere("A filter's context", ExchangeContext, filterContextHints);
