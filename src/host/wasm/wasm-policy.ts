import { LogLevel } from "../../abi/constants.js";
import { SluiceError } from "../../errors.js";
import { messageOf } from "../../thrown.js";
import { PolicyContexts } from "../contexts.js";
import type { PolicyHostOptions } from "../hostcalls/policy-hostcalls.js";
import type { RunningPolicy, StreamGuest } from "../policy-runtime.js";
import { afterTurn } from "../turn.js";
import { WasmInstance } from "./wasm-instance.js";
import { hasCallback, type WasmPolicyModule } from "./wasm-module.js";

export interface WasmPolicyOptions extends PolicyHostOptions {
  /** What the module reads in `proxy_on_configure`. */
  pluginConfiguration: Uint8Array;
  /** What becomes of an exchange whose instance traps. */
  onError: "deny" | "allow";
}

/** Between two instances that trap before they have done anything: doubled each time, up to the last. */
const backOffMilliseconds = [1_000, 30_000] as const;

/**
 * Starts a use of a module of any proxy-wasm SDK.
 *
 * @throws SluiceError MODULE_TRAPPED when it traps while it is started, CONFIG_REFUSED when it refuses its configuration
 */
export function startWasmPolicy(module: WasmPolicyModule, options: WasmPolicyOptions): RunningPolicy {
  const policy = new WasmPolicy(module, options);
  policy.start();
  return policy;
}

/** Keeps an instance running: one that traps is replaced, and its exchanges fail. */
class WasmPolicy implements RunningPolicy {
  readonly name: string;
  readonly guest: StreamGuest;
  readonly contexts = new PolicyContexts();
  readonly failsOpen: boolean;
  readonly #module: WasmPolicyModule;
  readonly #options: WasmPolicyOptions;
  /** undefined while the policy waits for its next instance. */
  #current: WasmInstance | undefined = undefined;
  /** Instances of exchanges in progress, by the id of their stream context. */
  readonly #streams = new Map<number, WasmInstance>();
  /** Instances in a row that were lost before they had done anything. */
  #failures = 0;
  #cancelRestart: (() => void) | undefined = undefined;
  #closed = false;

  constructor(module: WasmPolicyModule, options: WasmPolicyOptions) {
    this.name = options.name;
    this.failsOpen = options.onError === "allow";
    this.#module = module;
    this.#options = options;
    this.guest = this.#makeGuest();
  }

  start(): void {
    const refusal = this.#startInstance();
    if (refusal !== undefined) {
      throw new SluiceError("CONFIG_REFUSED", `policy ${this.name}: the configuration is refused: ${refusal}`);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRestart?.();
    await this.#current?.close();
  }

  /** Why the module refuses its configuration. Throws MODULE_TRAPPED. */
  #startInstance(): string | undefined {
    let started = false;
    const instance: WasmInstance = new WasmInstance(
      this.#module,
      this.#options,
      this.contexts,
      this.#options.pluginConfiguration,
      (error) => {
        if (started) {
          this.#onLost(instance, error);
        }
      },
    );
    const refusal = instance.start();
    if (refusal !== undefined) {
      void instance.close();
      return refusal;
    }
    started = true;
    this.#current = instance;
    return undefined;
  }

  /** Inside a call into the module: what follows from its loss is done when the turn is over. */
  #onLost(instance: WasmInstance, error: SluiceError): void {
    this.#log(`${error.code}: ${error.message}; its exchanges fail, and a new instance takes over`);
    this.#current = undefined;
    this.#failures = instance.served ? 1 : this.#failures + 1;
    afterTurn(() => {
      for (const [contextId, owner] of this.#streams) {
        if (owner === instance) {
          this.contexts.get(contextId)?.fail(error);
        }
      }
      this.#replace();
    });
  }

  /** At once after the first loss; later and later where one instance after the other is lost. */
  #replace(): void {
    if (this.#closed) {
      return;
    }
    if (this.#failures <= 1) {
      this.#restart();
      return;
    }
    const [first, last] = backOffMilliseconds;
    this.#cancelRestart = this.#options.clock.schedule(Math.min(first * 2 ** (this.#failures - 2), last), () => {
      this.#restart();
    });
  }

  #restart(): void {
    let reason: string | undefined;
    try {
      const refusal = this.#startInstance();
      reason = refusal && `it refuses its configuration: ${refusal}`;
    } catch (error) {
      reason = messageOf(error);
    }
    if (reason !== undefined) {
      this.#log(`the module cannot be started again: ${reason}`);
      this.#failures = Math.max(this.#failures, 1) + 1;
      this.#replace();
    }
  }

  #log(msg: string): void {
    this.#options.onLog(LogLevel.Error, { policy: this.name, msg });
  }

  #makeGuest(): StreamGuest {
    const guest: StreamGuest = {
      onContextCreate: (contextId, parentContextId) => {
        this.#adopt(contextId).guest.onContextCreate(contextId, parentContextId);
      },
      onLog: (contextId) => {
        this.#survivor(contextId)?.guest.onLog?.(contextId);
      },
      onDone: (contextId) => this.#survivor(contextId)?.guest.onDone(contextId) ?? true,
      onDelete: (contextId) => {
        const instance = this.#survivor(contextId);
        this.#streams.delete(contextId);
        instance?.guest.onDelete?.(contextId);
      },
    };
    for (const event of ["onRequestHeaders", "onRequestBody", "onResponseHeaders", "onResponseBody"] as const) {
      if (hasCallback(this.#module, event)) {
        guest[event] = (contextId: number, size: number, endOfStream: boolean) =>
          this.#owner(contextId).guest[event]?.(contextId, size, endOfStream) as never;
      }
    }
    for (const event of ["onRequestTrailers", "onResponseTrailers"] as const) {
      if (hasCallback(this.#module, event)) {
        guest[event] = (contextId: number, size: number) => this.#owner(contextId).guest[event]?.(contextId, size) ?? 0;
      }
    }
    return guest;
  }

  #adopt(contextId: number): WasmInstance {
    if (this.#current === undefined) {
      throw new SluiceError("MODULE_RESTARTING", `policy ${this.name}: no instance of its module runs at present`);
    }
    this.#streams.set(contextId, this.#current);
    return this.#current;
  }

  #owner(contextId: number): WasmInstance {
    return this.#streams.get(contextId) as WasmInstance;
  }

  /** The instance to be told of the end; none where it was lost. */
  #survivor(contextId: number): WasmInstance | undefined {
    const instance = this.#streams.get(contextId);
    return instance?.lost === undefined ? instance : undefined;
  }
}
