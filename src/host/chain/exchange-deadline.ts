import { firstValue, removeValues } from "../../abi/header-list.js";
import type { HeaderList } from "../../abi/port.js";
import { noTimeLimit, responseTimeLimit } from "../../abi/router-headers.js";
import type { RouteDeadlines } from "./chain-options.js";
import { Deadline, type DeadlineOwner } from "./deadlines.js";

/** The one thing that an exchange waits for: the upstream's response, or that a byte moves. */
export class ExchangeDeadline extends Deadline {
  /** A policy has taken the limit of the upstream's response off. */
  #unlimited = false;

  constructor(
    owner: DeadlineOwner,
    private readonly lists: RouteDeadlines,
  ) {
    super(owner);
  }

  /** Takes out of a request's head what policies say of it. */
  takeLimit(headers: HeaderList): void {
    const limit = firstValue(headers, responseTimeLimit);
    if (limit !== undefined) {
      this.#unlimited = limit === noTimeLimit;
      removeValues(headers, responseTimeLimit);
    }
  }

  awaitResponse(): void {
    this.lists[this.#unlimited ? "idle" : "response"].arm(this);
  }

  awaitByte(): void {
    this.lists.idle.arm(this);
  }

  /** A byte moved: an idle stream starts anew. */
  touch(): void {
    if (this.list === this.lists.idle) {
      this.awaitByte();
    }
  }

  /** Without a deadline nothing is on its way: a policy holds what there is, and may do so for as long as a stream may be idle. */
  limitHold(): void {
    if (this.list === undefined) {
      this.awaitByte();
    }
  }
}
