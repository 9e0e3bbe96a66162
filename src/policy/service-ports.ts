/**
 * What services are given of a use of a policy, and of an exchange of it. `sluice/service` alone imports it: modules of policies without a
 * service have nothing of it.
 */
import type { Logger } from "./logger.js";
import { hideFields } from "./opaque.js";
import type {
  ExchangeHostcalls,
  ExchangePort,
  InstanceHostcalls,
  InstancePort,
  PortExchange,
  PortInstance,
} from "./service-port.js";

export class PolicyInstancePort implements InstancePort {
  /** @internal */
  declare readonly instance: PortInstance;
  declare readonly closed: AbortSignal;

  constructor(instance: PortInstance, closed: AbortSignal) {
    this.instance = instance;
    this.closed = closed;
  }

  get policy(): string {
    return this.instance.settings.name;
  }

  get limits(): { body: number } {
    return { body: this.instance.settings.bodyLimit };
  }

  get logger(): Logger {
    return this.instance.logger;
  }

  get host(): InstanceHostcalls {
    return this.instance.access.calls;
  }

  now(): number {
    return this.instance.access.now();
  }

  schedule(milliseconds: number, run: () => void): () => void {
    return this.instance.timers.schedule(milliseconds, run);
  }

  run<T>(code: () => T): T {
    return this.instance.run(code);
  }

  urlOf(upstream: string): string | undefined {
    return this.instance.settings.upstreams.get(upstream);
  }
}

export class PolicyExchangePort extends PolicyInstancePort implements ExchangePort {
  declare private readonly owner: PortExchange;

  constructor(exchange: PortExchange) {
    super(exchange.instance, exchange.instance.signal);
    this.owner = exchange;
  }

  override get logger(): Logger {
    return this.owner.logger;
  }

  get signal(): AbortSignal {
    return this.owner.signal;
  }

  exchange(): ExchangeHostcalls | undefined {
    return this.instance.access.ifKnown(this.owner.id);
  }
}

hideFields(PolicyInstancePort);
