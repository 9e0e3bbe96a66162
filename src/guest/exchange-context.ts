/** The filters' second parameter. Everything is made when it is asked for: most filters ask for little. */
import type { HttpClient, Logger, PolicyClock, ResponseContext } from "../policy/context.js";
import type { Metrics } from "../policy/metrics.js";
import { hideFields } from "../policy/opaque.js";
import type { CancelReason, RequestData } from "../policy/request-data.js";
import type { Violations } from "../policy/violations.js";
import { ExchangeAuthentication } from "../services/authentication.js";
import { ExchangeViolations } from "../services/violations.js";
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

/** A filter's view of its exchange, which is one: another object would cost every exchange. */
export abstract class ExchangeContext implements ContextOwner, ResponseContext<unknown, unknown, unknown> {
  abstract readonly instance: PolicyInstance;
  abstract readonly id: number;
  abstract readonly requestData: RequestData<unknown>;
  /** Made at the first use. */
  abstract readonly parts: ContextParts;

  get config(): unknown {
    return this.instance.config;
  }

  get resources(): unknown {
    return this.instance.resources;
  }

  get client(): HttpClient {
    return this.instance.client;
  }

  get clock(): PolicyClock {
    return this.instance.clock;
  }

  get metrics(): Metrics {
    return this.instance.metrics;
  }

  get properties(): ExchangeProperties {
    return this.parts.properties;
  }

  get authentication(): ExchangeAuthentication {
    return this.parts.authentication;
  }

  get violations(): Violations {
    const { instance, id } = this;
    return new ExchangeViolations(() => instance.access.ifKnown(id), instance.settings.name);
  }

  get logger(): Logger {
    return this.parts.logger;
  }

  get signal(): AbortSignal {
    return this.parts.signal;
  }
}

hideFields(ExchangeContext);

/** What the filters of one exchange share, and most never use. */
export class ContextParts {
  readonly properties: ExchangeProperties;
  readonly logger: Logger;
  private readonly exchange: ContextOwner;
  private ownAuthentication: ExchangeAuthentication | undefined;
  private abortController: AbortController | undefined;
  private abortReason: CancelReason | undefined;

  constructor(exchange: ContextOwner) {
    const { instance } = exchange;
    this.exchange = exchange;
    const properties = new ExchangeProperties(() => instance.access.ifKnown(exchange.id), exchange);
    this.properties = properties;
    this.logger = new GuestLogger(instance.access, () => ({
      policy: instance.settings.name,
      ...(exchange.origin ?? { route: properties.routeName, request: properties.requestId }),
    }));
  }

  get authentication(): ExchangeAuthentication {
    const { instance, id } = this.exchange;
    return (this.ownAuthentication ??= new ExchangeAuthentication(
      () => instance.access.ifKnown(id),
      (message) => {
        this.logger.warn(message);
      },
    ));
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
