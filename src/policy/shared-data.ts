/**
 * Data that all workers of a process share. A function of its own and no part of the port: modules of policies whose services share
 * nothing have, and import, nothing of it.
 */
import type { Status } from "../abi/constants.js";
import type { Hostcalls } from "../abi/port.js";
import type { InstancePort, PortInstance } from "./service-port.js";

/** proxy-wasm's shared data under names that nobody else has. */
export interface SharedData {
  /** The value, with the number to give when it is set; undefined where nothing was set. */
  get(key: string): readonly [value: Uint8Array, cas: number] | undefined;
  /**
   * `cas` 0 sets in any case; any other number only if nobody has set the data since it was got (else `Status.CasMismatch`). Where there
   * is nothing yet, any number sets.
   */
  set(key: string, value: Uint8Array, cas: number): Status;
  /** @internal What stands before each key in proxy-wasm. */
  readonly prefix: string;
}

/**
 * The shared data of a use of a policy: of its name and its route's. No other use reads or writes it, of this policy or of another.
 *
 * @param port that of the use of a policy, or of an exchange: data belong to the use
 * @param shared a name under which uses have data in common, in place of their own: whoever asks for it has the same
 */
export function sharedData(port: InstancePort, shared?: string): SharedData {
  const { access, settings } = (port as InstancePort & { readonly instance: PortInstance }).instance;
  const { route, name } = settings;
  return new NamedData(
    access.calls,
    shared === undefined ? `sluice/use/${framed(route)}${framed(name)}` : `sluice/shared/${framed(shared)}`,
  );
}

/** With its length before it: what stands behind it cannot be taken for a part of it. */
function framed(name: string): string {
  return `${name.length}:${name}/`;
}

class NamedData implements SharedData {
  readonly prefix: string;
  private readonly calls: Hostcalls;

  constructor(calls: Hostcalls, prefix: string) {
    this.calls = calls;
    this.prefix = prefix;
  }

  get(key: string): readonly [value: Uint8Array, cas: number] | undefined {
    return this.calls.getSharedData(this.prefix + key);
  }

  /** Its fields are the kit's. No call of `hideFields`, for which bundles would keep it that have no use for it. */
  toJSON(): object {
    return {};
  }

  set(key: string, value: Uint8Array, cas: number): Status {
    return this.calls.setSharedData(this.prefix + key, value, cas);
  }
}
