import { type AnswerReason, answerDetails } from "../../abi/answer-details.js";
import type { HeaderList } from "../../abi/port.js";
import type { MessagePath } from "../../chain/message-path.js";
import type { ExchangeDetail, PolicyDecision } from "../exchange.js";
import type { LocalAnswer } from "./local-answer.js";
import type { StreamContext } from "./stream-context.js";

/** What a recorder looks at. */
export interface RecordedExchange {
  readonly contexts: readonly StreamContext[];
  readonly request: MessagePath;
  readonly response: MessagePath;
}

/** Reasons of answers that Sluice's guest gives for a filter that did not decide. */
const failures: readonly AnswerReason[] = ["policy_failed", "filter_timeout", "filter_loop"];

/** Notes what the policies make of one exchange, where somebody wants to know. */
export class DetailRecorder {
  readonly #exchange: RecordedExchange;
  readonly #requestHeaders: HeaderList;
  /** By the policy's name; the first one counts. Who is not among them let everything pass. */
  readonly #decisions = new Map<string, PolicyDecision["decision"]>();

  /** `requestHeaders`: as the client sent them. */
  constructor(exchange: RecordedExchange, requestHeaders: HeaderList) {
    this.#exchange = exchange;
    this.#requestHeaders = requestHeaders.slice();
  }

  decided(policy: string, decision: PolicyDecision["decision"]): void {
    if (!this.#decisions.has(policy)) {
      this.#decisions.set(policy, decision);
    }
  }

  /** Before what was on its way is stopped. */
  answered(answer: LocalAnswer): void {
    if (answer.by === undefined) {
      return;
    }
    const { response } = this.#exchange;
    const answers = response.headSent ? "close" : response.headers === undefined ? "break" : "send";
    const own = answerDetails(answer.by);
    this.decided(answer.by, failures.some((reason) => answer.details === `${own}:${reason}`) ? "failed" : answers);
  }

  /** Before the request, or everything, is stopped: whoever holds something has not decided. */
  stopping(path: MessagePath): void {
    const { contexts, request } = this.#exchange;
    for (const context of contexts) {
      const { position } = path === request ? context.request : context.response;
      if (path.isHolding(position)) {
        this.decided(context.policy.name, "cancel");
      }
    }
  }

  detail(upstream: string): ExchangeDetail {
    const { contexts, request, response } = this.#exchange;
    return {
      policies: contexts.map(({ policy: { name } }) => ({
        policy: name,
        decision: this.#decisions.get(name) ?? "continue",
      })),
      upstream,
      requestHeaders: this.#requestHeaders,
      forwardedHeaders: request.headSent ? request.headers : undefined,
      responseHeaders: response.headSent ? response.headers : undefined,
    };
  }
}
