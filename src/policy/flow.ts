/** What a request filter decides: go on, or answer the client now. */

import { SluiceError } from "../errors.js";
import { Response } from "./response.js";

/** Go on; `data` reaches this policy's response filter. */
export class ContinueFlow<Data> {
  declare readonly kind: "continue";
  declare readonly data: Data;

  static {
    Object.assign(ContinueFlow.prototype, { kind: "continue" });
  }

  constructor(data: Data) {
    this.data = data;
  }
}

/** Stop: the client gets `response`, the upstream gets nothing more. */
export class BreakFlow {
  declare readonly kind: "break";
  declare readonly response: Response;

  static {
    Object.assign(BreakFlow.prototype, { kind: "break" });
  }

  constructor(response: Response) {
    this.response = response;
  }
}

/** The decision of a request filter. */
export type Flow<Data = undefined> = ContinueFlow<Data> | BreakFlow;

/** What `Flow.Continue()` gives, and most filters return. */
export const continueWithoutData = Object.freeze(new ContinueFlow(undefined));

/** Makes decisions. */
export interface FlowMaker {
  /** The request goes on. */
  Continue(): ContinueFlow<undefined>;
  /** The request goes on; `data` is this policy's response filter's `requestData.value`. */
  Continue<Data>(data: Data): ContinueFlow<Data>;
  /**
   * The client gets `response` at once. It passes the response filters of the policies that had started on the request,
   * this policy's own included.
   * @throws SluiceError `RESPONSE_BODY_FORBIDDEN`, `FILTER_RESULT`
   */
  Break(response: Response): BreakFlow;
}

function continueFlow(): ContinueFlow<undefined>;
function continueFlow<Data>(data: Data): ContinueFlow<Data>;
function continueFlow(data?: unknown): ContinueFlow<unknown> {
  return data === undefined ? continueWithoutData : new ContinueFlow(data);
}

function breakFlow(response: Response): BreakFlow {
  if (!(response instanceof Response)) {
    throw new SluiceError(
      "FILTER_RESULT",
      'Flow.Break(…): expected a Response of "sluice"; is an import of another Response in the way?',
    );
  }
  response.check(); // an illegal answer fails here, where the policy's stack still shows who made it
  return new BreakFlow(response);
}

/** Makes a decision: `Flow.Continue(data)` or `Flow.Break(response)`. */
export const Flow: FlowMaker = { Continue: continueFlow, Break: breakFlow };

/** What a request filter may return. */
export type FilterResult = void | ContinueFlow<unknown> | BreakFlow | Response;

/** The data that a request filter's result hands to the response filter. */
export type FlowData<Result> =
  Result extends ContinueFlow<infer Data> ? Data : Result extends BreakFlow | Response ? never : undefined;
