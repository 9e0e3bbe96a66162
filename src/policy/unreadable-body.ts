/** Bodies that are not what a policy takes them for. Whoever sent one is at fault, not the policy. */
import { SluiceError } from "../errors.js";

/** Whose body it is: that of a message of the exchange, or that of the reply to a call. */
export type BodyOf = "request" | "response" | "reply";

/** Where a filter does not catch it, and it is about the message that is filtered, clients get 400, or 502 for a response. */
export class UnreadableBodyError extends SluiceError {
  declare readonly code: "BODY_NOT_JSON" | "BODY_NOT_FORM";
  /** @internal undefined: it is no body of the kit's. */
  readonly of: BodyOf | undefined;

  constructor(code: UnreadableBodyError["code"], of: BodyOf | undefined, message: string) {
    super(code, message);
    this.of = of;
  }
}
