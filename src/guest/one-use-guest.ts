/** The guest of a module of several policies whose root contexts have one use each. */
import { BufferType, DataStatus, HeadersStatus, LogLevel, TrailersStatus } from "../abi/constants.js";
import type { EngineServices, GuestEvents, Hostcalls } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import { messageOf } from "../thrown.js";
import { Guest } from "./guest.js";
import type { ModulePolicy } from "./module-policy.js";
import { readUses, type UseConfiguration } from "./plugin-configuration.js";

export class OneUseGuest implements GuestEvents {
  private readonly policies: readonly ModulePolicy[];
  private readonly host: Hostcalls;
  private readonly services: EngineServices;
  private readonly roots = new Map<number, Guest>();
  private readonly streams = new Map<number, Guest>();

  constructor(policies: readonly ModulePolicy[], host: Hostcalls, services: EngineServices) {
    this.policies = policies;
    this.host = host;
    this.services = services;
  }

  onContextCreate(contextId: number, parentContextId: number): void {
    const guest = this.roots.get(parentContextId);
    if (guest !== undefined) {
      this.streams.set(contextId, guest);
      guest.onContextCreate(contextId, parentContextId);
    }
  }

  onVmStart(): boolean {
    return true;
  }

  onConfigure(rootContextId: number, size: number): boolean {
    try {
      const bytes = size === 0 ? undefined : this.host.getBufferBytes(BufferType.PluginConfiguration, 0, size);
      const text = bytes === undefined ? "" : new TextDecoder().decode(bytes);
      const [use, ...more] = readUses(text);
      if (use === undefined || more.length > 0) {
        throw new SluiceError("CONFIG_REFUSED", "sluice.uses: expected one use.");
      }
      const { definition, uses } = this.policyOf(use);
      const guest = new Guest(definition, hostWith(this.host, text), this.services, uses);
      this.roots.set(rootContextId, guest);
      guest.onContextCreate(rootContextId, 0);
      return guest.onConfigure(rootContextId, size);
    } catch (error) {
      this.host.log(LogLevel.Error, JSON.stringify({ msg: `CONFIG_REFUSED: ${messageOf(error)}` }));
      return false;
    }
  }

  private policyOf({ policy }: UseConfiguration): ModulePolicy {
    const found =
      policy === undefined && this.policies.length === 1
        ? this.policies[0]
        : this.policies.find(({ name }) => name === policy);
    if (found === undefined) {
      const names = this.policies.map(({ name }) => name).join(", ");
      throw new SluiceError("CONFIG_REFUSED", `sluice.uses: expected policies of this module (${names}).`);
    }
    return found;
  }

  private stream(contextId: number): Guest | undefined {
    return this.streams.get(contextId) ?? (this.roots.size === 1 ? [...this.roots.values()][0] : undefined);
  }

  onTick(rootContextId: number): void {
    this.roots.get(rootContextId)?.onTick(rootContextId);
  }

  onRequestHeaders(contextId: number, headerCount: number, endOfStream: boolean): HeadersStatus {
    return this.stream(contextId)?.onRequestHeaders(contextId, headerCount, endOfStream) ?? HeadersStatus.Continue;
  }

  onRequestBody(contextId: number, bodySize: number, endOfStream: boolean): DataStatus {
    return this.stream(contextId)?.onRequestBody(contextId, bodySize, endOfStream) ?? DataStatus.Continue;
  }

  onRequestTrailers(contextId: number): TrailersStatus {
    return this.stream(contextId)?.onRequestTrailers(contextId) ?? TrailersStatus.Continue;
  }

  onResponseHeaders(contextId: number, headerCount: number, endOfStream: boolean): HeadersStatus {
    return this.stream(contextId)?.onResponseHeaders(contextId, headerCount, endOfStream) ?? HeadersStatus.Continue;
  }

  onResponseBody(contextId: number, bodySize: number, endOfStream: boolean): DataStatus {
    return this.stream(contextId)?.onResponseBody?.(contextId, bodySize, endOfStream) ?? DataStatus.Continue;
  }

  onResponseTrailers(contextId: number): TrailersStatus {
    return this.stream(contextId)?.onResponseTrailers?.(contextId) ?? TrailersStatus.Continue;
  }

  onHttpCallResponse(rootContextId: number, token: number, headerCount: number, bodySize: number): void {
    this.roots.get(rootContextId)?.onHttpCallResponse(rootContextId, token, headerCount, bodySize);
  }

  onLog(contextId: number): void {
    this.stream(contextId)?.onLog?.(contextId);
  }

  onDone(contextId: number): boolean {
    const root = this.roots.get(contextId);
    const done = (root ?? this.stream(contextId))?.onDone(contextId) ?? true;
    this.streams.delete(contextId);
    this.roots.delete(contextId);
    return done;
  }

  onCutOff(contextId: number, stack: string, ofEvent: boolean): void {
    this.stream(contextId)?.onCutOff(contextId, stack, ofEvent);
  }

  onUnhandled(error: unknown, promise: object | undefined, certain: boolean): boolean {
    return [...this.roots.values()].some((guest) => guest.onUnhandled(error, promise, certain));
  }
}

/** The host, whose configuration is that of the use alone. */
function hostWith(host: Hostcalls, text: string): Hostcalls {
  const value = JSON.parse(text === "" ? "{}" : text) as { sluice?: { uses?: { policy: string; sluice?: object }[] } };
  const { uses: [use] = [], ...rest } = value.sluice ?? {};
  if (use === undefined) {
    return host;
  }
  const own = JSON.stringify({ ...use, sluice: { name: use.policy, ...rest, ...use.sluice } });
  const bytes = new TextEncoder().encode(own);
  return Object.create(host, {
    getBufferBytes: {
      value: (buffer: BufferType, start: number, length: number) =>
        buffer === BufferType.PluginConfiguration ? bytes : host.getBufferBytes(buffer, start, length),
    },
  }) as Hostcalls;
}
