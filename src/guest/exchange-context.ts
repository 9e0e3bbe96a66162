/** The filters' second parameter. Everything is made when it is asked for: most filters ask for little. */
import type { HttpClient, Logger, PolicyClock, ResponseContext } from "../policy/context.js";
import type { Metrics } from "../policy/metrics.js";
import type { CancelReason, RequestData } from "../policy/request-data.js";
import type { Violations } from "../policy/violations.js";
import { ExchangeAuthentication } from "../services/authentication.js";
import { ExchangeViolations } from "../services/violations.js";
import type { PolicyInstance } from "./instance.js";
import { GuestLogger } from "./log.js";
import { ExchangeProperties } from "./properties.js";

/** The exchange that the context belongs to. */
export interface ContextOwner {
  readonly instance: PolicyInstance;
  readonly id: number;
  readonly requestData: RequestData<unknown>;
  /** Made at the first use. */
  readonly parts: ContextParts;
}

/** A filter's view of its exchange. */
export class ExchangeContext implements ResponseContext<unknown, unknown, unknown> {
  readonly #exchange: ContextOwner;

  constructor(exchange: ContextOwner) {
    this.#exchange = exchange;
  }

  get config(): unknown {
    return this.#exchange.instance.config;
  }

  get resources(): unknown {
    return this.#exchange.instance.resources;
  }

  get client(): HttpClient {
    return this.#exchange.instance.client;
  }

  get clock(): PolicyClock {
    return this.#exchange.instance.clock;
  }

  get metrics(): Metrics {
    return this.#exchange.instance.metrics;
  }

  get requestData(): RequestData<unknown> {
    return this.#exchange.requestData;
  }

  get properties(): ExchangeProperties {
    return this.#exchange.parts.properties;
  }

  get authentication(): ExchangeAuthentication {
    return this.#exchange.parts.authentication;
  }

  get violations(): Violations {
    const { instance, id } = this.#exchange;
    return new ExchangeViolations(() => instance.access.ifKnown(id), instance.settings.name);
  }

  get logger(): Logger {
    return this.#exchange.parts.logger;
  }

  get signal(): AbortSignal {
    return this.#exchange.parts.signal;
  }
}

/** What the filters of one exchange share, and most never use. */
export class ContextParts {
  readonly properties: ExchangeProperties;
  readonly logger: Logger;
  readonly #exchange: ContextOwner;
  #authentication: ExchangeAuthentication | undefined;
  #abort: AbortController | undefined;
  #abortReason: CancelReason | undefined;

  constructor(exchange: ContextOwner) {
    const { instance, id } = exchange;
    this.#exchange = exchange;
    const properties = new ExchangeProperties(() => instance.access.ifKnown(id));
    this.properties = properties;
    this.logger = new GuestLogger(instance.access, () => ({
      policy: instance.settings.name,
      route: properties.routeName,
      request: properties.requestId,
    }));
  }

  get authentication(): ExchangeAuthentication {
    const { instance, id } = this.#exchange;
    return (this.#authentication ??= new ExchangeAuthentication(
      () => instance.access.ifKnown(id),
      (message) => { this.logger.warn(message); },
    ));
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
    }
    return this.#abort.signal;
  }

  /** The filter is ended before it has decided. */
  abort(reason: CancelReason): void {
    this.#abortReason ??= reason;
    this.#abort?.abort(reason);
  }
}
