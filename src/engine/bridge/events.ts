/** What happens around the guest's functions when the host calls: who is told, and what becomes of a guest that fails. */
import { addContext, findContext, removeContext } from "./contexts";
import {
  EVENT_CONFIGURE, EVENT_CONTEXT_CREATE, EVENT_DONE, EVENT_REQUEST_HEADERS, EVENT_RESPONSE_BODY, EVENT_RESPONSE_HEADERS,
  EVENT_RESPONSE_TRAILERS,
} from "./event-numbers";
import { callGuest, FAILED, guestFunction, setArgument } from "./guest";
import { LONG_NANOSECONDS, startTimer } from "./limits";
import { proxy_close_stream, proxy_send_local_response, proxy_set_effective_context } from "./proxy-wasm";
import { beginPrepared, forgetRoot, ON_REQUEST, ON_RESPONSE, resumePrepared, runPrepared } from "./prepared";
import { fromBool, fromInt, isUndefined, malloc, quickjs_forget_wait } from "./quickjs";
import { callbackNanoseconds, context, continueRequested, enterEvent, leaveEvent, rootCount, setRootCount } from "./state";

const NO_STREAM = -1;
const REQUEST = 0;
const RESPONSE = 1;
const CONTINUE = 0;
const STOP_ITERATION = 1;
const STOP_AND_WATERMARK = 2;

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_memory_allocate(size: usize): usize {
  return malloc(size);
}

/** Whether the guest is to hear of an event. It must hear of the contexts of policies, and of a stream's from its first event on. */
export function wanted(event: i32, contextId: i32): bool {
  const entry = findContext(contextId);
  if (entry === null) return true;
  if (entry.kept) return true;
  if (event != EVENT_REQUEST_HEADERS) return false;
  // With one policy there is nothing to tell: every stream is its.
  if (rootCount != 1) tell(entry.id, entry.root);
  return true;
}

/** Tells the guest of a context. */
function tell(contextId: i32, parentContextId: i32): void {
  setArgument(0, fromInt(contextId));
  setArgument(1, fromInt(parentContextId));
  deliver(EVENT_CONTEXT_CREATE, contextId, 2, 0);
}

export function proxy_on_context_create(contextId: i32, parentContextId: i32): void {
  if (parentContextId != 0) {
    addContext(contextId, parentContextId, false, 0);
    return;
  }
  setRootCount(rootCount + 1);
  tell(contextId, parentContextId);
}

/** The end of a stream context: no event of it is delivered afterwards. */
export function proxy_on_done(contextId: i32): i32 {
  const entry = findContext(contextId);
  const known = entry === null || entry.kept;
  if (entry === null) {
    setRootCount(rootCount - 1);
    forgetRoot(contextId);
  } else {
    if (entry.waiting) quickjs_forget_wait(context, entry.waiting);
    removeContext(contextId);
  }
  if (!known || isUndefined(guestFunction(EVENT_DONE))) return 1;
  setArgument(0, fromInt(contextId));
  return deliver(EVENT_DONE, contextId, 1, 1);
}

/** The first event of an exchange: most have no other that anybody wants. */
export function proxy_on_request_headers(contextId: i32, headers: i32, endOfStream: i32): i32 {
  const entry = findContext(contextId);
  if (entry !== null && !entry.kept) {
    enterEvent(contextId, REQUEST);
    startTimer(callbackNanoseconds);
    const root = beginPrepared(entry.root, contextId, endOfStream != 0);
    if (root !== null) return endStreamEvent(EVENT_REQUEST_HEADERS, contextId, runPrepared(root, ON_REQUEST, entry));
  }
  if (!wanted(EVENT_REQUEST_HEADERS, contextId)) return CONTINUE;
  setArgument(0, fromInt(contextId));
  setArgument(1, fromInt(headers));
  setArgument(2, fromBool(endOfStream != 0));
  return streamEvent(EVENT_REQUEST_HEADERS, REQUEST, contextId, 3);
}

/** For most policies that see responses the last event of an exchange. */
export function proxy_on_response_headers(contextId: i32, headers: i32, endOfStream: i32): i32 {
  const entry = findContext(contextId);
  if (entry !== null && entry.waiting) {
    enterEvent(contextId, RESPONSE);
    startTimer(callbackNanoseconds);
    const root = resumePrepared(entry, endOfStream != 0);
    return endStreamEvent(EVENT_RESPONSE_HEADERS, contextId, root === null ? FAILED : runPrepared(root, ON_RESPONSE, entry));
  }
  if (!wanted(EVENT_RESPONSE_HEADERS, contextId)) return CONTINUE;
  setArgument(0, fromInt(contextId));
  setArgument(1, fromInt(headers));
  setArgument(2, fromBool(endOfStream != 0));
  return streamEvent(EVENT_RESPONSE_HEADERS, RESPONSE, contextId, 3);
}

/** An event of a half of an exchange; its arguments are set. */
export function streamEvent(event: i32, stream: i32, contextId: i32, count: i32): i32 {
  enterEvent(contextId, stream);
  startTimer(callbackNanoseconds);
  return endStreamEvent(event, contextId, callGuest(event, count, FAILED));
}

function endStreamEvent(event: i32, contextId: i32, answer: i32): i32 {
  const goOn = continueRequested;
  leaveEvent();
  if (answer == FAILED) return failClosed(event, contextId);
  return goOn ? CONTINUE : answer;
}

/** 500 while the response's head is not out, a reset afterwards. */
function failClosed(event: i32, contextId: i32): i32 {
  proxy_set_effective_context(contextId);
  if (event == EVENT_RESPONSE_BODY || event == EVENT_RESPONSE_TRAILERS) {
    proxy_close_stream(RESPONSE);
    return event == EVENT_RESPONSE_BODY ? STOP_AND_WATERMARK : STOP_ITERATION;
  }
  proxy_send_local_response(500, 0, 0, 0, 0, 0, 0, -1);
  return STOP_ITERATION;
}

/** Any other event; its arguments are set. `failed`: the answer of a guest that throws. */
export function deliver(event: i32, contextId: i32, count: i32, failed: i32): i32 {
  enterEvent(contextId, NO_STREAM);
  startTimer(event == EVENT_CONFIGURE ? LONG_NANOSECONDS : callbackNanoseconds);
  const answer = callGuest(event, count, failed);
  leaveEvent();
  return answer;
}

/** Whether the guest wants the further events of an exchange. */
export function keepContext(contextId: i32, kept: bool): void {
  const entry = findContext(contextId);
  if (entry !== null) entry.kept = kept;
}
