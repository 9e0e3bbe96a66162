/** `sendResponse` where it does not exist. */
import { SluiceError } from "../errors.js";

/** The types do not offer it on these states; plain JavaScript and casts still deserve an error that says what to do. */
export function refuseSendResponse(states: Readonly<Record<string, { readonly prototype: object }>>): void {
  for (const [name, state] of Object.entries(states)) {
    Object.defineProperty(state.prototype, "sendResponse", {
      value: () => {
        throw new SluiceError(
          "SEND_RESPONSE_STATE",
          `sendResponse() on a ${name}: it exists on the response headers state only.`,
        );
      },
    });
  }
}
