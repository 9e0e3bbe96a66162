/**
 * Answers that never change, as the host takes them: policies keep such (see `src/compiler/kept-answers.ts`), and the last of them is
 * sent again without the guest.
 */
import { bytes, headers, i32Argument, lengthOf, pointerOf, refuse, release, utf8 } from "./crossing";
import { proxy_send_local_response } from "./proxy-wasm";
import { free, fromInt, JS_FreeValue, malloc } from "./quickjs";
import { context, keepsAnswer, keptAnswer, setKeptAnswer } from "./state";

/** Followed by the bytes of its details, its body and its headers. */
@unmanaged
export class Answer {
  /** What the filter returns. */
  flow: i64;
  status: i32;
  grpcStatus: i32;
  detailsLength: i32;
  bodyLength: i32;
  headersLength: i32;
}

const ANSWER_BYTES: usize = 32;

/** The hostcall. The bridge sees what is sent, in case it is to be sent again. */
export function sendLocalResponse(c: usize, self: i64, count: i32, values: usize): i64 {
  if (!(utf8(0, values, 1) && bytes(1, values, 2) && headers(2, values, 3))) return refuse();
  const httpStatus = i32Argument(values, 0);
  const grpcStatus = i32Argument(values, 4);
  const status = proxy_send_local_response(
    httpStatus, pointerOf(0), lengthOf(0), pointerOf(1), lengthOf(1), pointerOf(2), lengthOf(2), grpcStatus,
  );
  if (keepsAnswer) keep(httpStatus, grpcStatus);
  release(3);
  return fromInt(status);
}

function keep(httpStatus: i32, grpcStatus: i32): void {
  const details = lengthOf(0);
  const body = lengthOf(1);
  const list = lengthOf(2);
  const made = malloc(ANSWER_BYTES + details + body + list);
  if (!made) return;
  const answer = changetype<Answer>(made);
  answer.status = httpStatus;
  answer.grpcStatus = grpcStatus;
  answer.detailsLength = <i32>details;
  answer.bodyLength = <i32>body;
  answer.headersLength = <i32>list;
  memory.copy(made + ANSWER_BYTES, pointerOf(0), details);
  memory.copy(made + ANSWER_BYTES + details, pointerOf(1), body);
  memory.copy(made + ANSWER_BYTES + details + body, pointerOf(2), list);
  if (keptAnswer) free(keptAnswer);
  setKeptAnswer(made);
}

export function sendAgain(answer: Answer): void {
  const details = changetype<usize>(answer) + ANSWER_BYTES;
  const body = details + answer.detailsLength;
  proxy_send_local_response(
    answer.status, details, answer.detailsLength, body, answer.bodyLength, body + answer.bodyLength, answer.headersLength, answer.grpcStatus,
  );
}

/** Takes over the flow for which an answer was sent; 0: none was. */
export function takeAnswer(flow: i64): usize {
  const answer = keptAnswer;
  setKeptAnswer(0);
  if (answer) changetype<Answer>(answer).flow = flow;
  return answer;
}

export function forgetAnswer(answer: usize): void {
  JS_FreeValue(context, changetype<Answer>(answer).flow);
  free(answer);
}
