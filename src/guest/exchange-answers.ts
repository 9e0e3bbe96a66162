/** How an exchange answers the client in the place of whoever else would, or breaks off. */
import type { AnswerReason } from "../abi/answer-details.js";
import type { Response } from "../policy/response.js";
import { noBytes } from "./bytes.js";
import { requestDirection, responseDirection } from "./direction.js";
import { ExchangeBase } from "./exchange-base.js";
import type { Phase } from "./filter-runner.js";

export abstract class AnsweringExchange extends ExchangeBase {
  declare protected responseBegun?: true | undefined;
  /** The phase in which this policy answered. Hosts take one answer of a policy for an exchange. */
  declare protected answeredIn?: Phase | undefined;
  /** Its code was cut off; none of it runs again. */
  declare cutOff?: true;

  /** Answers the client, or breaks the exchange off where it is too late for that. */
  protected answer(phase: Phase, response: Response, why?: AnswerReason): void {
    if (
      phase === "response" &&
      this.answeredIn === "request" &&
      this.response.replaceBy(response, this.cutOff === true)
    ) {
      return;
    }
    const tooLate =
      phase === "request" ? this.responseBegun === true : this.answeredIn !== undefined || this.response.headOut;
    if (tooLate) {
      this.close(phase);
      return;
    }
    this.answeredIn = phase;
    if (phase === "request") {
      const { request } = this;
      request.stop();
      if (request.headOut) {
        this.stats.requestBrokenOff();
        this.logger.warn(
          "PARTIAL_REQUEST: the upstream may have seen the beginning of the request that this policy broke off.",
          {
            fix: "intoHeadersBodyState(), or intoBodyState() with partialRequests: prevent",
          },
        );
      }
    }
    if (this.mayAct) {
      this.send(response, why);
      return;
    }
    this.later(() => {
      // The upstream may have been faster.
      if (phase === "request" && this.responseBegun === true) {
        this.closeStream(phase);
      } else {
        this.send(response, why);
      }
    });
  }

  protected send(response: Response, why?: AnswerReason): void {
    const host = this.instance.access.as(this.id);
    host.sendLocalResponse(response.status, this.detailsOf(why), response.bodyBytes(), response.headerList(), -1);
  }

  protected detailsOf(why: AnswerReason | undefined): string {
    const { answerDetails } = this.instance;
    return why === undefined ? answerDetails : `${answerDetails}:${why}`;
  }

  protected close(phase: Phase): void {
    this.request.stop();
    this.response.stop();
    this.act(() => {
      this.closeStream(phase);
    });
  }

  protected closeStream(phase: Phase): void {
    const host = this.host();
    if (!this.settings.ownBuffers) {
      // Those who keep the end of the response are not bypassed.
      host.setProperty(responseDirection.kept, noBytes);
    }
    host.closeStream(phase === "request" ? requestDirection.stream : responseDirection.stream);
  }
}
