/** `configure`'s parameter. Like a filter's context it has nothing of its own that could be copied, and gives nothing internal away. */
import type { ConfigureContext, PolicyClock } from "../policy/context.js";
import { areElsewhere, configureContextHints, type Elsewhere } from "../policy/elsewhere.js";
import type { Logger } from "../policy/logger.js";
import { type InstancePort, type PortInstance, ports, servicePort } from "../policy/service-port.js";

/** The use of a policy that is being configured. */
interface ConfiguredInstance extends PortInstance {
  readonly config: unknown;
  readonly clock: PolicyClock;
}

export class GuestConfigureContext implements ConfigureContext<unknown> {
  readonly #instance: ConfiguredInstance;
  readonly #signal: AbortSignal;
  #port: InstancePort | undefined;

  declare readonly fetch: Elsewhere<(typeof configureContextHints)["fetch"]>;
  declare readonly client: Elsewhere<(typeof configureContextHints)["client"]>;
  declare readonly metrics: Elsewhere<(typeof configureContextHints)["metrics"]>;
  declare readonly log: Elsewhere<(typeof configureContextHints)["log"]>;
  declare readonly env: Elsewhere<(typeof configureContextHints)["env"]>;
  declare readonly authentication: Elsewhere<(typeof configureContextHints)["authentication"]>;
  declare readonly violations: Elsewhere<(typeof configureContextHints)["violations"]>;
  declare readonly request: Elsewhere<(typeof configureContextHints)["request"]>;

  constructor(instance: ConfiguredInstance) {
    this.#instance = instance;
    this.#signal = instance.signal;
  }

  get config(): unknown {
    return this.#instance.config;
  }

  get clock(): PolicyClock {
    return this.#instance.clock;
  }

  get logger(): Logger {
    return this.#instance.logger;
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  get [servicePort](): InstancePort {
    return (this.#port ??= ports.ofInstance?.(this.#instance, this.#signal)) as InstancePort;
  }
}

areElsewhere("The context of configure", GuestConfigureContext, configureContextHints);
