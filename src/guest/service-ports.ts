/** What services are given of a use of a policy, and of an exchange of it. */
import type { Logger } from "../policy/logger.js";
import { hideFields } from "../policy/opaque.js";
import type {
  CallReply,
  ExchangeHostcalls,
  ExchangePort,
  InstanceHostcalls,
  InstancePort,
} from "../policy/service-port.js";
import type { HostAccess } from "./host-access.js";
import type { HttpCalls } from "./http-calls.js";
import type { PluginConfiguration } from "./plugin-configuration.js";
import type { Timers } from "./timers.js";

/** The use of a policy that a port is for. */
export interface PortInstance {
  readonly id: number;
  readonly access: HostAccess;
  readonly settings: PluginConfiguration;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly calls: HttpCalls;
  /** Aborted when it goes. */
  readonly signal: AbortSignal;
}

export class GuestInstancePort implements InstancePort {
  protected readonly instance: PortInstance;
  readonly closed: AbortSignal;

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

  urlOf(upstream: string): string | undefined {
    return this.instance.settings.upstreams.get(upstream);
  }

  httpCall(
    cluster: string,
    headers: string[],
    body: Uint8Array | undefined,
    timeout: number,
    onReply: (reply: CallReply) => void,
  ): number {
    return this.instance.calls.start(cluster, headers, body, timeout, onReply);
  }
}

/** What a port needs of an exchange's parts. */
interface PortParts {
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export class GuestExchangePort extends GuestInstancePort implements ExchangePort {
  private readonly id: number;
  private readonly parts: PortParts;

  constructor({ id, instance }: { readonly id: number; readonly instance: PortInstance }, parts: PortParts) {
    super(instance, instance.signal);
    this.id = id;
    this.parts = parts;
  }

  override get logger(): Logger {
    return this.parts.logger;
  }

  get signal(): AbortSignal {
    return this.parts.signal;
  }

  exchange(): ExchangeHostcalls | undefined {
    return this.instance.access.ifKnown(this.id);
  }
}

hideFields(GuestInstancePort);
