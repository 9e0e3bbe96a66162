/**
 * An exchange that is made before its request comes. In a usual one the filters look at a head, or edit it, and let the message go on
 * with their first event. Making and freeing its objects takes an interpreter most of the time; so an engine that can tell whether
 * anybody has kept or changed them may use them for one exchange after the other, and call the filters by itself. The guest hears only
 * of those exchanges that were more than usual.
 */
import type { PolicyUses } from "../abi/policy-uses.js";
import type { PreparedExchange, PreparedFilter, PreparedUse } from "../abi/port.js";
import { BreakFlow, ContinueFlow, continueWithoutData } from "../policy/flow.js";
import { KitPromise } from "../policy/kit-promise.js";
import type { RequestData } from "../policy/request-data.js";
import { RequestState } from "../policy/request-states.js";
import { Response } from "../policy/response.js";
import { ResponseState } from "../policy/response-states.js";
import type { AnyDefinition } from "./configure.js";
import { currentEvent } from "./current-event.js";
import type { GuestExchange } from "./exchange.js";
import { mayWait, runGenerator } from "./frame.js";
import type { GuestMessage } from "./guest-message.js";
import type { PolicyInstance } from "./instance.js";
import { shownBits } from "./message-bits.js";

/** Whether filters which have to wait for nothing may be all that an exchange of the policy needs. */
export function canBePrepared(policy: AnyDefinition, uses: PolicyUses): boolean {
  const filtersRequests = policy.onRequest !== undefined;
  const filtersResponses = policy.onResponse !== undefined;
  return (
    (filtersRequests || filtersResponses || policy.onDone !== undefined) &&
    // Those take something of the request to the response that engines do not keep.
    !(filtersResponses && uses.setBody) &&
    !(uses.request && (filtersResponses || policy.onDone !== undefined))
  );
}

/** Prepares an exchange that has not begun, of policies that are configured: each of them is given the same objects when its turn comes. */
export function prepareExchange(exchange: GuestExchange, instances: readonly PolicyInstance[]): PreparedExchange {
  const { access } = exchange.instance;
  exchange.preparedAt = 0;
  const { request, response, parts, context, decision } = exchange.prepare();
  const shared = [exchange, context, parts, parts.logger, parts.properties];
  const id = null;
  /** The engine puts something else in its place. */
  const ofUse = undefined;
  const running = (message: GuestMessage): unknown[] => [
    ...[currentEvent, "lastRunning", exchange, ofUse],
    ...[currentEvent, "filterCalled", ofUse, false],
    ...[currentEvent, "running", exchange, undefined],
    ...[currentEvent, "message", message, undefined],
    ...[currentEvent, "starting", exchange, undefined],
  ];
  const ofExchange = (answeredIn: "request" | undefined): unknown[] => [
    ...[exchange, "instance", ofUse, ofUse],
    ...[exchange, "preparedAt", ofUse, ofUse],
    ...[exchange, "id", id, id],
    ...[exchange, "answeredIn", answeredIn, answeredIn],
    ...[access, "effective", id, id],
    ...[access, "running", id, id],
  ];
  const ofHead = (message: GuestMessage): unknown[] => [
    ...[message.ofHead(), "read", undefined, undefined],
    ...[message.ofHead(), "journal", undefined, undefined],
  ];
  const requestState = new RequestState(request);
  const requests = shownBits.request;
  const onRequest: PreparedFilter = {
    state: requestState,
    objects: [...shared, request, request.ofHead(), requestState, requestState.headers],
    lasting: [
      ...[request, "bits", requests.open, requests.ended],
      ...ofHead(request),
      ...ofExchange(undefined),
      ...[exchange, "decision", undefined, undefined],
      ...[exchange, "responseBegun", undefined, undefined],
      ...[exchange, "keptId", undefined, undefined],
      ...[exchange, "keptPath", undefined, undefined],
    ],
    passing: running(request),
  };
  const responseState = new ResponseState(response);
  const responses = shownBits.response;
  const ofResponse = (
    data: RequestData<unknown>,
    requestBits: number,
    answeredIn: "request" | undefined,
  ): unknown[] => [
    ...[response, "bits", responses.open, responses.ended],
    ...ofHead(response),
    ...ofExchange(answeredIn),
    ...[exchange, "decision", data, data],
    ...[exchange, "responseBegun", true, true],
    ...[request, "bits", requestBits, requestBits],
  ];
  const objectsOfResponse = [...shared, response, response.ofHead(), responseState, responseState.headers];
  const onResponse: PreparedFilter = {
    state: responseState,
    objects: [...objectsOfResponse, decision],
    lasting: ofResponse(decision, requests.gone, undefined),
    passing: running(response),
  };
  const answered: RequestData<unknown> = { kind: "break" };
  const onAnswer: PreparedFilter = {
    ...onResponse,
    objects: [...objectsOfResponse, answered],
    lasting: ofResponse(answered, requests.answered, "request"),
  };
  return {
    uses: instances.map(prepareUse),
    context,
    exchange,
    nothing: continueWithoutData,
    data: ContinueFlow.prototype,
    answer: Response.prototype,
    break: BreakFlow.prototype,
    promise: KitPromise.prototype,
    goOn: runGenerator,
    onRequest,
    onResponse,
    onAnswer,
    decision,
    kept: ["keptId", "x-request-id", "keptPath", ":path"],
    // Objects in a cycle would stay until all garbage is looked for; and who has kept the headers must not read another exchange's.
    over: [
      ...[exchange, "requestMessage", undefined, undefined],
      ...[exchange, "responseMessage", undefined, undefined],
      ...[exchange, "contextParts", undefined, undefined],
      ...[exchange, "ownContext", undefined, undefined],
      ...[request, "bits", requests.gone, requests.gone],
      ...[response, "bits", responses.gone, responses.gone],
    ],
  };
}

function prepareUse(instance: PolicyInstance): PreparedUse {
  const { definition: policy, uses } = instance;
  return {
    instance,
    hasDone: instance.measures,
    user: instance.user,
    metrics: instance.stats.ofPrepared,
    policy,
    // oxlint-disable-next-line typescript/unbound-method -- the engine calls it as a method of the policy
    onRequest: policy.onRequest,
    requestWaits: mayWait(policy, "onRequest"),
    // oxlint-disable-next-line typescript/unbound-method -- as above
    onResponse: policy.onResponse,
    responseWaits: mayWait(policy, "onResponse"),
    details: instance.answerDetails,
    kept: uses.properties ? 2 : 1,
  };
}
