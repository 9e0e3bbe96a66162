import type { Clock } from "../clock.js";

/** Whom a deadline tells that it has passed. */
export interface DeadlineOwner {
  onDeadline(): void;
}

/** What a `Deadlines` list links. Owned by one exchange, and in one list at a time. */
export class Deadline {
  at = 0;
  list: Deadlines | undefined = undefined;
  previous: Deadline | undefined = undefined;
  next: Deadline | undefined = undefined;
  constructor(readonly owner: DeadlineOwner) {}

  disarm(): void {
    this.list?.remove(this);
  }
}

/**
 * Deadlines that are all the same time away, so the list is in order by itself and one timer serves them all. Arming and
 * disarming are O(1) and make no timer, except for the first of an idle list.
 */
export class Deadlines {
  #first: Deadline | undefined = undefined;
  #last: Deadline | undefined = undefined;
  #cancelTimer: (() => void) | undefined = undefined;

  constructor(
    private readonly clock: Clock,
    private readonly milliseconds: number,
  ) {}

  /** Arms a deadline, or moves it: `milliseconds` from now. */
  arm(deadline: Deadline): void {
    deadline.list?.remove(deadline);
    deadline.at = this.clock.now() + this.milliseconds;
    deadline.list = this;
    deadline.previous = this.#last;
    if (this.#last === undefined) {
      this.#first = deadline;
    } else {
      this.#last.next = deadline;
    }
    this.#last = deadline;
    if (this.#cancelTimer === undefined) {
      this.#schedule(this.milliseconds);
    }
  }

  remove(deadline: Deadline): void {
    const { previous, next } = deadline;
    if (previous === undefined) {
      this.#first = next;
    } else {
      previous.next = next;
    }
    if (next === undefined) {
      this.#last = previous;
    } else {
      next.previous = previous;
    }
    deadline.list = undefined;
    deadline.previous = undefined;
    deadline.next = undefined;
  }

  /** Cancels the timer. The list must not be used again. */
  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #schedule(milliseconds: number): void {
    this.#cancelTimer = this.clock.schedule(milliseconds, () => {
      this.#cancelTimer = undefined;
      this.#expire();
    });
  }

  #expire(): void {
    const now = this.clock.now();
    while (this.#first !== undefined && this.#first.at <= now) {
      const deadline = this.#first;
      this.remove(deadline);
      deadline.owner.onDeadline();
    }
    if (this.#first !== undefined && this.#cancelTimer === undefined) {
      this.#schedule(Math.max(1, this.#first.at - now));
    }
  }
}
