/** What every guest does with its root contexts, and with code that belongs to no exchange: finds whose each event is, and lets no exception out. */
import type { EngineServices, Hostcalls } from "../abi/port.js";
import { parseJsonBy } from "../policy/json-body.js";
import type { Running } from "./current-event.js";
import { logUnhandled, whoIsBlamed } from "./ended-code.js";
import { HostAccess } from "./host-access.js";
import type { PolicyInstance } from "./instance.js";
import { quickenHeads } from "./native-heads.js";
import { NewContexts } from "./new-contexts.js";
import { memoryShort } from "./shared-memory.js";
import { flushCountsSoon } from "./use-stats.js";

/** A root context. It speaks for code of which nobody knows whose it is. */
export interface Root extends Pick<Running, "logger" | "timers" | "lateCodeCutOff" | "logThrown"> {
  /** The uses of policies that it has. */
  readonly instances: readonly PolicyInstance[];
  onConfigure(size: number): boolean;
  onHttpCallResponse(token: number, headerCount: number, bodySize: number): void;
  close(): void;
}

export abstract class RootEvents<R extends Root> {
  // Declared only, as in `Guest`: initialisers are one more function in every module.
  /** Where the engine runs exchanges by itself, and counts them. */
  declare onCounted?: (rootContextId: number) => void;
  declare readonly access: HostAccess;
  declare protected readonly roots: Map<number, R>;
  /** The one root context, where there is no other: every stream is its. */
  declare protected only?: R | undefined;
  declare protected readonly newContexts: NewContexts;

  /** `exchange`: the prototype that all its exchanges have. */
  constructor(host: Hostcalls, services: EngineServices, exchange: object) {
    this.access = new HostAccess(host, services);
    this.roots = new Map();
    this.newContexts = new NewContexts();
    if (services.parseJson !== undefined) {
      parseJsonBy(services.parseJson);
    }
    quickenHeads(services, host, exchange);
  }

  protected abstract createRoot(id: number): R;
  /** Its exchanges are over. */
  protected abstract leavesExchanges(root: R): void;
  /** The last event of a stream context: what the guest has of it is forgotten. */
  protected abstract onStreamDone(contextId: number): void;

  onContextCreate(contextId: number, parentContextId: number): void {
    if (parentContextId !== 0) {
      if (this.only === undefined) {
        this.newContexts.add(contextId, parentContextId);
      }
      return;
    }
    this.roots.set(contextId, this.createRoot(contextId));
    this.findOnly();
  }

  onVmStart(): boolean {
    return true;
  }

  onConfigure(rootContextId: number, pluginConfigurationSize: number): boolean {
    return this.root(rootContextId, (root) => root.onConfigure(pluginConfigurationSize)) ?? false;
  }

  onTick(rootContextId: number): void {
    this.root(rootContextId, (root) => {
      root.timers.onTick();
    });
  }

  onHttpCallResponse(rootContextId: number, token: number, headerCount: number, bodySize: number): void {
    this.root(rootContextId, (root) => {
      root.onHttpCallResponse(token, headerCount, bodySize);
    });
  }

  protected hearsOfCounts(): void {
    this.onCounted = (rootContextId) => {
      const timers = this.roots.get(rootContextId)?.timers;
      if (timers !== undefined) {
        flushCountsSoon(this.access, timers);
      }
    };
  }

  /** The last event of a context. */
  onDone(contextId: number): boolean {
    if (this.roots.has(contextId)) {
      this.root(contextId, (root) => {
        this.leavesExchanges(root);
        root.close();
      });
      this.roots.delete(contextId);
      this.findOnly();
    } else {
      this.onStreamDone(contextId);
      this.newContexts.take(contextId);
    }
    return true;
  }

  onUnhandled(error: unknown, promise: object | undefined, certain: boolean): boolean {
    const [root] = this.roots.values();
    return logUnhandled(error, promise, certain, root);
  }

  onMemoryShort(ranOut: boolean): void {
    memoryShort(this.access, this.instances, ranOut);
  }

  /** Code was ended by force that is of no exchange which the guest knows. `ran`: whose code ran last. */
  protected cutOffOfNone(contextId: number, ran: Running | undefined, stack: string, user: number): void {
    whoIsBlamed(ran, contextId, user, this.instances)?.lateCodeCutOff(stack);
  }

  protected get instances(): readonly PolicyInstance[] {
    return [...this.roots.values()].flatMap(({ instances }) => instances);
  }

  private findOnly(): void {
    const [first, second] = this.roots.values();
    this.only = second === undefined ? first : undefined;
  }

  private root<T>(rootContextId: number, event: (root: R) => T): T | undefined {
    const root = this.roots.get(rootContextId);
    if (root === undefined) {
      return undefined;
    }
    this.access.enter(rootContextId, 0);
    try {
      return event(root);
    } catch (error) {
      root.logger.error("INTERNAL: the guest failed in an event of its root context", { error });
      return undefined;
    } finally {
      this.access.leave();
    }
  }
}
