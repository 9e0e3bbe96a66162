/** How an access log tells of an answer that a policy gave: in `response.code_details`, which whoever answers may choose. */

/** Why a policy answers that has decided nothing. */
export type AnswerReason =
  | "policy_failed"
  | "filter_timeout"
  | "filter_loop"
  | "memory_short"
  | "not_configured"
  | "body_too_large"
  | "body_not_json"
  | "body_not_form";

/** `local_reply:<policy>`; where there is a reason it follows after another colon. */
export function answerDetails(policy: string): string {
  return `local_reply:${policy}`;
}

/** What was said, where it is about this policy; of modules of other SDKs, which say whatever they like, only whose answer it is. */
export function toldDetails(policy: string, details: string): string {
  const own = answerDetails(policy);
  return details.startsWith(`${own}:`) ? details : own;
}
