/** Who has a lock, until when, and who waits for it: one record, so that each step is one decision over all workers. */
import type { RecordStore } from "../../state/record-store.js";
import type { StoredRecord } from "../../state/records.js";

interface LockState {
  /** Empty: nobody. */
  readonly holder: string;
  /** Milliseconds since the epoch, as all of these. */
  readonly until: number;
  /** First come, first served. A waiter that is not heard of any more counts until then. */
  readonly waiting: readonly (readonly [waiter: string, until: number])[];
}

const free: LockState = { holder: "", until: 0, waiting: [] };
/** Milliseconds that a waiter counts. It tells of itself again when half of it is over. */
const waiterLives = 1_000;

export class Leases {
  private readonly store: RecordStore;
  private readonly now: () => number;

  constructor(store: RecordStore, now: () => number) {
    this.store = store;
    this.now = now;
  }

  /**
   * Takes the lock where it is free and nobody else is first.
   *
   * @param waits who does not get it takes a place among those that wait, or keeps it
   * @returns the fencing number: the record's version, which is higher than any before
   */
  take(id: string, who: string, ttl: number, waits: boolean): number | undefined {
    let taken = false;
    const version = this.change(id, ({ holder, until, waiting }, now) => {
      const [first = who] = waiting.map(([waiter]) => waiter);
      taken = until <= now && first === who;
      if (taken) {
        return { holder: who, until: now + ttl, waiting: without(waiting, who) };
      }
      const place = waiting.findIndex(([waiter]) => waiter === who);
      if (!waits || (waiting[place]?.[1] ?? 0) > now + waiterLives / 2) {
        return undefined;
      }
      const mine = [who, now + waiterLives] as const;
      return { holder, until, waiting: place < 0 ? [...waiting, mine] : waiting.with(place, mine) };
    });
    return taken ? version : undefined;
  }

  /** false: it is not the holder's any more. */
  renew(id: string, who: string, ttl: number): boolean {
    const version = this.change(id, (state, now) =>
      isHeld(state, who, now) ? { ...state, until: now + ttl } : undefined,
    );
    return version !== undefined;
  }

  /** false: it was not the holder's any more. */
  release(id: string, who: string): boolean {
    const version = this.change(id, (state, now) =>
      isHeld(state, who, now) ? { ...free, waiting: state.waiting } : undefined,
    );
    return version !== undefined;
  }

  /** Waits no longer. */
  leave(id: string, who: string): void {
    this.change(id, (state) =>
      state.waiting.some(([waiter]) => waiter === who) ? { ...state, waiting: without(state.waiting, who) } : undefined,
    );
  }

  /** `change` is given those that wait and still count. @returns the version; undefined: nothing is changed */
  private change(id: string, change: (state: LockState, now: number) => LockState | undefined): number | undefined {
    return this.store.change(id, (record) => {
      const now = this.now();
      const state = record === undefined ? free : stateOf(record);
      const changed = change({ ...state, waiting: state.waiting.filter(([, until]) => until > now) }, now);
      if (changed === undefined) {
        return "leave";
      }
      const expires = Math.max(changed.until, ...changed.waiting.map(([, until]) => until));
      const value = this.store.checkValue(new TextEncoder().encode(JSON.stringify(changed)));
      return expires <= now ? "remove" : { value, expires, encoding: 0, shape: 0 };
    });
  }
}

function stateOf({ value }: StoredRecord): LockState {
  return JSON.parse(new TextDecoder().decode(value)) as LockState;
}

function isHeld({ holder, until }: LockState, who: string, now: number): boolean {
  return holder === who && until > now;
}

function without(waiting: LockState["waiting"], who: string): LockState["waiting"] {
  return waiting.filter(([waiter]) => waiter !== who);
}
