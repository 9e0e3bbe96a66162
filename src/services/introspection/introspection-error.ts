/** Why a token is refused. */
import { SluiceError } from "../../errors.js";
import type { Response } from "../../policy/response.js";
import type { BearerAnswers, BearerError } from "../bearer/index.js";

/** What clients are told of each. Constants: nothing of the token is in them. */
const texts = {
  TOKEN_MISSING: ["", "There is no token."],
  TOKEN_SEVERAL: ["invalid_request", "There is more than one token."],
  TOKEN_MALFORMED: ["invalid_token", "The token is malformed."],
  TOKEN_INACTIVE: ["invalid_token", "The token is not active."],
  TOKEN_EXPIRED: ["invalid_token", "The token has expired."],
  TOKEN_NOT_YET_VALID: ["invalid_token", "The token is not valid yet."],
  TOKEN_ISSUER: ["invalid_token", "The token is from another issuer."],
  TOKEN_AUDIENCE: ["invalid_token", "The token is for another audience."],
  TOKEN_SCOPE: ["insufficient_scope", "The token lacks a scope that this request needs."],
  INTROSPECTION_UNAVAILABLE: ["", "The introspection endpoint gave no answer."],
  INTROSPECTION_ANSWER: ["", "The introspection endpoint's answer is not what RFC 7662 says."],
} as const satisfies Record<string, readonly [BearerError | "", string]>;

/** The codes of an `IntrospectionError`. */
export type IntrospectionErrorCode = keyof typeof texts;

/** An answer of the introspection endpoint with another status than 200. */
export interface EndpointAnswer {
  /** Its status. */
  readonly status: number;
  /** Its body, as UTF-8: up to `maxBytes` of it. Nothing for clients. */
  readonly text: string;
}

/** What answers are made of. */
export interface RefusalAnswers {
  readonly bearer: BearerAnswers;
  readonly unavailable: Response;
}

/**
 * Why a token is refused. Nothing of the token is in it; `response()` is the answer for the client. One error stands for all tokens that are
 * refused for that reason, so its stack tells nothing.
 */
export class IntrospectionError extends SluiceError {
  /** Why it is refused. */
  declare readonly code: IntrospectionErrorCode;
  /** Told apart from an `IntrospectedToken`. */
  readonly verified = false;
  /** What the endpoint has answered in place of 200; of `INTROSPECTION_UNAVAILABLE` alone, and where there was an answer. */
  readonly answer: EndpointAnswer | undefined;
  private readonly answers: RefusalAnswers;

  /** @internal */
  constructor(code: IntrospectionErrorCode, answers: RefusalAnswers, answer?: EndpointAnswer) {
    super(code, texts[code][1]);
    this.name = "IntrospectionError";
    this.answer = answer;
    this.answers = answers;
  }

  /**
   * The answer: 401 with `WWW-Authenticate` (RFC 6750 section 3), which has no `error` where no token was sent; 400 for more than one
   * token, 403 for scopes; 503, or what the options say, where the endpoint does not tell.
   */
  response(): Response {
    const [error, description] = texts[this.code];
    if (error !== "") {
      return this.answers.bearer.refuse(error, description);
    }
    return this.code === "TOKEN_MISSING" ? this.answers.bearer.missing() : this.answers.unavailable;
  }

  /** Nothing of what it is made of: in log lines it is an error like any other. */
  toJSON(): object {
    return { name: this.name, code: this.code, message: this.message };
  }
}
