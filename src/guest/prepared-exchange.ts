/**
 * An exchange that is made before its request comes. A usual one ends with its first event: the request filter looks at the head and
 * lets the request go on. Making and freeing its objects takes an interpreter most of the time; so an engine that can tell whether
 * anybody has kept or changed them may use them for one exchange after the other, and call the filter by itself. The guest hears only
 * of those exchanges that were more than usual.
 */
import type { PreparedExchange } from "../abi/port.js";
import { continueWithoutData } from "../policy/flow.js";
import { RequestState } from "../policy/request-states.js";
import type { AnyDefinition } from "./configure.js";
import { currentEvent } from "./current-event.js";
import { GuestExchange } from "./exchange.js";
import { mayWait } from "./frame.js";
import { GuestMessage } from "./guest-message.js";
import type { PolicyInstance } from "./instance.js";
import { ConstantBreak } from "./kept-answer.js";

/** Whether all that the policy does may be done by a request filter which awaits nothing. */
export function canBePrepared(policy: AnyDefinition): boolean {
  return (
    policy.onRequest !== undefined &&
    policy.onResponse === undefined &&
    policy.onDone === undefined &&
    !mayWait(policy, "onRequest")
  );
}

/** An exchange of a policy that is configured. */
export function prepareExchange(instance: PolicyInstance): PreparedExchange {
  const { definition: policy, access } = instance;
  const exchange = GuestExchange.prepare(instance);
  const { request, parts, context } = exchange;
  const state = new RequestState(request);
  const { open, ended, gone } = GuestMessage.shownRequest;
  const id = null;
  return {
    policy,
    state,
    context,
    exchange,
    nothing: continueWithoutData,
    constant: ConstantBreak.prototype,
    objects: [
      exchange,
      context,
      request,
      request.ofHead(),
      state,
      state.headers,
      parts,
      parts.logger,
      parts.properties,
    ],
    lasting: [
      exchange,
      "id",
      id,
      id,
      exchange,
      "decision",
      undefined,
      undefined,
      exchange,
      "answeredIn",
      undefined,
      undefined,
      request,
      "bits",
      open,
      ended,
      request.ofHead(),
      "read",
      undefined,
      undefined,
      access,
      "effective",
      id,
      id,
      access,
      "running",
      id,
      id,
    ],
    passing: [
      currentEvent,
      "running",
      exchange,
      undefined,
      currentEvent,
      "lastRunning",
      exchange,
      instance,
      currentEvent,
      "message",
      request,
      undefined,
      currentEvent,
      "starting",
      exchange,
      undefined,
      currentEvent,
      "filterCalled",
      true,
      false,
    ],
    // Objects in a cycle would stay until all garbage is looked for; and who has kept the headers must not read another exchange's.
    over: [
      exchange,
      "requestMessage",
      undefined,
      undefined,
      exchange,
      "contextParts",
      undefined,
      undefined,
      exchange,
      "ownContext",
      undefined,
      undefined,
      request,
      "bits",
      gone,
      gone,
    ],
  };
}
