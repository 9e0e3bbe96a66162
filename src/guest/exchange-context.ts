/** The filters' second parameter. Everything is made when it is asked for: most filters ask for little. */
import { LogLevel } from "../abi/constants.js";
import type { Hostcalls } from "../abi/port.js";
import type { HttpClient, Logger, PolicyClock, ResponseContext } from "../policy/context.js";
import type { CancelReason, RequestData } from "../policy/request-data.js";
import type { PolicyInstance } from "./instance.js";
import { GuestLogger } from "./log.js";
import { ExchangeProperties } from "./properties.js";
import type { Running } from "./running.js";
import type { Timers } from "./timers.js";

/** The exchange that the context belongs to. */
export interface ContextOwner {
  readonly instance: PolicyInstance;
  readonly requestData: RequestData<unknown>;
  host(): Hostcalls;
}

export class ExchangeContext implements ResponseContext<unknown, unknown, unknown>, Running {
  readonly #exchange: ContextOwner;
  #logger: Logger | undefined;
  #properties: ExchangeProperties | undefined;
  #abort: AbortController | undefined;
  #abortReason: CancelReason | undefined;

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

  get timers(): Timers {
    return this.#exchange.instance.timers;
  }

  get clock(): PolicyClock {
    return this.#exchange.instance.clock;
  }

  get requestData(): RequestData<unknown> {
    return this.#exchange.requestData;
  }

  get properties(): ExchangeProperties {
    return (this.#properties ??= new ExchangeProperties(() => this.#exchange.host()));
  }

  get logger(): Logger {
    return (this.#logger ??= new GuestLogger(this.#exchange.instance.access, () => ({
      policy: this.#exchange.instance.settings.name,
      route: this.properties.routeName,
      request: this.properties.requestId,
    })));
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
    }
    return this.#abort.signal;
  }

  logThrown(message: string, error: unknown): void {
    this.#exchange.instance.logError(LogLevel.Error, this.logger, message, error);
  }

  /** The filter is ended before it has decided. */
  abort(reason: CancelReason): void {
    this.#abortReason ??= reason;
    this.#abort?.abort(reason);
  }
}
