/**
 * Exchanges without the guest. Most messages of most policies are let go by a filter that only looks at the head or edits it: for
 * them the guest has prepared an exchange, which is used again and again, and hears nothing. See `src/guest/prepared-exchange.ts`.
 */
import { Answer, forgetAnswer, sendAgain, takeAnswer } from "./answers";
import { Entry } from "./contexts";
import { EVENT_FILTER_ENDED, EVENT_PREPARE_EXCHANGE } from "./event-numbers";
import { callGuest, FAILED, guestFunction, recover, runJobs, setArgument } from "./guest";
import { keepCollecting } from "./limits";
import {
  free, fromInt, isException, isUndefined, JS_Call, JS_FreeValue, JS_GetException, malloc, quickjs_begin_prepared,
  quickjs_end_prepared, quickjs_is_as_prepared, quickjs_is_constant, quickjs_prepare, quickjs_prepared_exchange, quickjs_run_prepared,
  quickjs_sees_responses, quickjs_unprepare, quickjs_wait_prepared,
} from "./quickjs";
import { callArguments, context, cutOff, guest, preparedRoots, setKeepsAnswer, setPreparedRoots, setStopped, stopped } from "./state";

const CONTINUE = 0;
const STOP_ITERATION = 1;
/** The filters. */
export const ON_REQUEST = 0;
export const ON_RESPONSE = 1;
/** What `quickjs_end_prepared` says. */
const LET_GO = 1;
const ANSWERED = 2;
/** The port's `FilterEnd`. */
const THREW = 0;
const RETURNED = 1;
const UNTOUCHED = 2;
/** So often one after the other an exchange could not be used again: for a while nothing is prepared, since it does not pay. */
const MOST_IN_VAIN = 16;
const PAUSE = 1000;

/** The context of a policy. */
@unmanaged
class Root {
  next: usize;
  id: i32;
  inVain: i32;
  /** 0: to be prepared. */
  prepared: usize;
  /** The last answer that never changes; 0: none. */
  answer: usize;
}

const ROOT_BYTES: usize = 20;

/** A context whose prepared exchange is now that of a request; null: the guest is to begin it. */
export function beginPrepared(rootId: i32, contextId: i32, endOfStream: bool): Root | null {
  if (isUndefined(guestFunction(EVENT_PREPARE_EXCHANGE))) return null;
  const root = rootOf(rootId);
  if (!root.prepared) {
    if (root.inVain >= MOST_IN_VAIN && ++root.inVain < MOST_IN_VAIN + PAUSE) return null;
    if (root.inVain >= MOST_IN_VAIN) root.inVain = MOST_IN_VAIN - 1;
    root.prepared = prepare(rootId);
  }
  if (!root.prepared) return null;
  quickjs_begin_prepared(context, root.prepared, ON_REQUEST, contextId, endOfStream, 0);
  return root;
}

/** The response has come for which an exchange waits, whose context it is; null: memory is short. */
export function resumePrepared(exchange: Entry, endOfStream: bool): Root | null {
  const root = rootOf(exchange.root);
  if (!root.prepared) root.prepared = prepare(exchange.root);
  if (!root.prepared) return null;
  quickjs_begin_prepared(context, root.prepared, ON_RESPONSE, exchange.id, endOfStream, exchange.waiting);
  exchange.waiting = 0;
  return root;
}

function prepare(rootId: i32): usize {
  setArgument(0, fromInt(rootId));
  const description = JS_Call(context, guestFunction(EVENT_PREPARE_EXCHANGE), guest, 1, callArguments);
  if (!isException(description)) return quickjs_prepare(context, description);
  JS_FreeValue(context, JS_GetException(context));
  return 0;
}

/** The event of the exchange for which `root` was begun. Its answer, or `FAILED`. */
export function runPrepared(root: Root, filter: i32, exchange: Entry): i32 {
  const prepared = root.prepared;
  const seesResponses = quickjs_sees_responses(prepared) != 0;
  const result = quickjs_run_prepared(context, prepared, filter);
  const end = quickjs_end_prepared(context, prepared, filter, result);
  if (end == LET_GO) {
    if (filter == ON_REQUEST && seesResponses) exchange.waiting = quickjs_wait_prepared(context, prepared, result);
    const waits = filter == ON_RESPONSE || !seesResponses || exchange.waiting != 0;
    return leave(root, result, waits ? CONTINUE : FAILED);
  }
  if (end == ANSWERED && root.answer && !seesResponses && changetype<Answer>(root.answer).flow == result) {
    sendAgain(changetype<Answer>(root.answer));
    return leave(root, result, STOP_ITERATION);
  }
  const answer = isException(result) && cutOff ? cutShort() : endFilter(root, result, end);
  const over = answer != FAILED && !exchange.kept;
  if (over && quickjs_is_as_prepared(context, prepared, filter)) {
    root.inVain = 0;
  } else {
    root.inVain++;
    quickjs_unprepare(context, prepared, over);
    root.prepared = 0;
  }
  return answer;
}

/** The guest need not hear of the exchange. */
function leave(root: Root, result: i64, answer: i32): i32 {
  JS_FreeValue(context, result);
  root.inVain = 0;
  runJobs();
  keepCollecting();
  return answer;
}

/** The guest goes on where a filter has done more. */
function endFilter(root: Root, result: i64, end: i32): i32 {
  const threw = isException(result);
  const value = threw ? JS_GetException(context) : result;
  const constant = quickjs_is_constant(context, root.prepared, value) != 0;
  setArgument(0, quickjs_prepared_exchange(root.prepared));
  setArgument(1, fromInt(threw ? THREW : end == ANSWERED ? UNTOUCHED : RETURNED));
  setArgument(2, value);
  setKeepsAnswer(constant);
  const answer = callGuest(EVENT_FILTER_ENDED, 3, FAILED);
  setKeepsAnswer(false);
  const kept = constant ? takeAnswer(value) : 0;
  if (kept) {
    if (root.answer) forgetAnswer(root.answer);
    root.answer = kept;
  } else {
    JS_FreeValue(context, value);
  }
  return answer;
}

function cutShort(): i32 {
  setStopped(false);
  recover(true);
  runJobs();
  return stopped ? STOP_ITERATION : FAILED;
}

function rootOf(id: i32): Root {
  let found = preparedRoots;
  while (found) {
    const root = changetype<Root>(found);
    if (root.id == id) return root;
    found = root.next;
  }
  const made = malloc(ROOT_BYTES);
  const root = changetype<Root>(made);
  root.next = preparedRoots;
  root.id = id;
  root.inVain = 0;
  root.prepared = 0;
  root.answer = 0;
  setPreparedRoots(made);
  return root;
}

/** The context is over. */
export function forgetRoot(id: i32): void {
  let previous: usize = 0;
  let found = preparedRoots;
  while (found) {
    const root = changetype<Root>(found);
    if (root.id == id) {
      if (previous) changetype<Root>(previous).next = root.next;
      else setPreparedRoots(root.next);
      if (root.prepared) quickjs_unprepare(context, root.prepared, true);
      if (root.answer) forgetAnswer(root.answer);
      free(found);
      return;
    }
    previous = found;
    found = root.next;
  }
}
