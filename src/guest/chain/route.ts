/** A root context of a guest with several policies: the uses of policies that its exchanges pass, in order. */
import { BufferType, LogLevel } from "../../abi/constants.js";
import { SluiceError } from "../../errors.js";
import type { Logger } from "../../policy/logger.js";
import { messageOf } from "../../thrown.js";
import type { HostAccess } from "../host-access.js";
import { PolicyInstance } from "../instance.js";
import { GuestLogger } from "../log.js";
import type { ModulePolicy } from "../module-policy.js";
import {
  type PluginConfiguration,
  readPluginConfiguration,
  readUses,
  type UseConfiguration,
} from "../plugin-configuration.js";
import { canBePrepared } from "../prepared-exchange.js";
import type { Root } from "../root-events.js";
import { Timers } from "../timers.js";

export class Route implements Root {
  readonly id: number;
  /** The first one first. */
  instances: readonly PolicyInstance[] = [];
  /** Of the one message that the host knows, whichever policies it passes. */
  settings: PluginConfiguration = readPluginConfiguration("");
  readonly timers: Timers;
  readonly logger: Logger;
  private readonly access: HostAccess;
  private readonly policies: readonly ModulePolicy[];

  /** `policies`: those that it may use. */
  constructor(id: number, access: HostAccess, policies: readonly ModulePolicy[]) {
    this.id = id;
    this.access = access;
    this.policies = policies;
    this.timers = new Timers(access, id);
    this.logger = new GuestLogger(access, () => ({ policy: this.settings.name }));
  }

  /** Reads the configuration and checks that of every use, so that all that is refused is told at once. false: something is. */
  onConfigure(size: number): boolean {
    const { access, id, policies, timers } = this;
    timers.open();
    const bytes = size === 0 ? undefined : access.as(id).getBufferBytes(BufferType.PluginConfiguration, 0, size);
    let uses: readonly UseConfiguration[];
    let found: readonly ModulePolicy[];
    try {
      uses = readUses(bytes === undefined ? "" : new TextDecoder().decode(bytes));
      found = uses.map((use) => policyOf(use, policies));
    } catch (error) {
      access.calls.log(LogLevel.Error, JSON.stringify({ msg: `CONFIG_REFUSED: ${messageOf(error)}` }));
      return false;
    }
    this.instances = found.map(
      ({ definition, uses: used }) => new PolicyInstance(id, access, definition, used, timers),
    );
    const accepted = this.instances.map((instance, index) =>
      // In a guest every filter has a buffer of its own.
      instance.accepts({ ...(uses[index] as UseConfiguration).settings, ownBuffers: true }),
    );
    if (accepted.includes(false)) {
      return false;
    }
    this.settings = {
      ...(uses[0] as UseConfiguration).settings,
      bodyLimit: Math.max(...uses.map(({ settings }) => settings.bodyLimit)),
    };
    return true;
  }

  /** Those that have not begun yet are configured. */
  begin(): void {
    for (const instance of this.instances) {
      if (!instance.begun) {
        instance.begin();
      }
    }
  }

  /** The longest time that the code of one of its uses may take. */
  get callbackMilliseconds(): number {
    return Math.max(...this.instances.map(({ settings }) => settings.callbackMilliseconds));
  }

  /** Whether exchanges may pass all of its policies without the guest; see `prepared-exchange.ts`. */
  get canBePrepared(): boolean {
    return this.instances.every(({ definition, uses }) => canBePrepared(definition, uses));
  }

  /** All of its policies are configured. */
  get isReady(): boolean {
    return this.instances.every(({ state }) => state === "ready");
  }

  onHttpCallResponse(token: number, headerCount: number, bodySize: number): void {
    // Whose call it is not has nothing of that token.
    for (const instance of this.instances) {
      instance.onHttpCallResponse(token, headerCount, bodySize);
    }
  }

  // --- what its first policy says for all of them ---

  lateCodeCutOff(stack: string): void {
    this.instances[0]?.lateCodeCutOff(stack);
  }

  logThrown(message: string, error: unknown): void {
    this.instances[0]?.logThrown(message, error);
  }

  close(): void {
    for (const instance of this.instances) {
      instance.close();
    }
  }
}

function policyOf({ policy }: UseConfiguration, policies: readonly ModulePolicy[]): ModulePolicy {
  const found =
    policy === undefined && policies.length === 1 ? policies[0] : policies.find(({ name }) => name === policy);
  if (found === undefined) {
    const names = policies.map(({ name }) => name).join(", ");
    throw new SluiceError(
      "CONFIG_REFUSED",
      `sluice.uses: expected names of policies in this module (${names}), got ${policy ?? "none"}.`,
    );
  }
  return found;
}
