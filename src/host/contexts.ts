import { Status } from "../abi/constants.js";
import type { PolicyStream } from "./stream-hostcalls.js";

/** The id of every policy's root context: each use of a policy is its own guest with one root. */
export const rootContextId = 1;

interface Entry {
  id: number;
  stream: PolicyStream;
}

/**
 * The stream contexts of one use of a policy, and the *effective* one, on which hostcalls act.
 *
 * Ids only grow, so a late hostcall for an exchange that is over never reaches another one. They are kept in a ring of a
 * power of two: looking one up is an index, and nothing is hashed for an exchange that asks for nothing.
 */
export class PolicyContexts {
  /** undefined: the root context. */
  effective: PolicyStream | undefined = undefined;
  #nextId = rootContextId + 1;
  #live = 0;
  #ring: (Entry | undefined)[] = new Array<undefined>(64).fill(undefined);

  /** How many streams are registered. */
  get size(): number {
    return this.#live;
  }

  /** Gives a stream its id. */
  register(stream: PolicyStream): number {
    if (this.#live * 2 >= this.#ring.length) {
      this.#grow();
    }
    const mask = this.#ring.length - 1;
    while (this.#ring[this.#nextId & mask] !== undefined) {
      this.#nextId++;
    }
    const id = this.#nextId++;
    this.#ring[id & mask] = { id, stream };
    this.#live++;
    return id;
  }

  unregister(id: number): void {
    const index = id & (this.#ring.length - 1);
    const entry = this.#ring[index];
    if (entry?.id === id) {
      this.#ring[index] = undefined;
      this.#live--;
      if (this.effective === entry.stream) {
        this.effective = undefined;
      }
    }
  }

  /** The stream with this id, unless it is over. */
  get(id: number): PolicyStream | undefined {
    const entry = this.#ring[id & (this.#ring.length - 1)];
    return entry?.id === id ? entry.stream : undefined;
  }

  /** `proxy_set_effective_context`. Unknown ids give `BadArgument` and change nothing. */
  setEffective(id: number): Status {
    if (id === rootContextId) {
      this.effective = undefined;
      return Status.Ok;
    }
    const stream = this.get(id);
    if (stream === undefined) {
      return Status.BadArgument;
    }
    this.effective = stream;
    return Status.Ok;
  }

  #grow(): void {
    const old = this.#ring;
    this.#ring = new Array<undefined>(old.length * 2).fill(undefined);
    for (const entry of old) {
      if (entry !== undefined) {
        this.#ring[entry.id & (this.#ring.length - 1)] = entry;
      }
    }
  }
}
