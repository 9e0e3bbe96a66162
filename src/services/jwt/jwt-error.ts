/** Why a token is refused. */
import { SluiceError } from "../../errors.js";
import { Response } from "../../policy/response.js";
import type { BearerAnswers, BearerError } from "../bearer/index.js";

/** What clients are told of each. Constants: nothing of the token is in them. */
const texts = {
  JWT_MISSING: "There is no token.",
  JWT_SEVERAL: "There is more than one token.",
  JWT_TOO_LARGE: "The token is too large.",
  JWT_MALFORMED: "The token is malformed.",
  JWT_UNSUPPORTED: "The token has an extension that is not supported.",
  JWT_ALGORITHM: "The token is signed with an algorithm that is not accepted.",
  JWT_KEY_UNKNOWN: "The token is signed with an unknown key.",
  JWT_SIGNATURE: "The token's signature is wrong.",
  JWT_TYPE: "The token is of another type.",
  JWT_ISSUER: "The token is from another issuer.",
  JWT_AUDIENCE: "The token is for another audience.",
  JWT_EXPIRED: "The token has expired.",
  JWT_NOT_YET_VALID: "The token is not valid yet.",
  JWT_TOO_OLD: "The token is too old.",
  JWT_CLAIMS: "The token lacks a claim, or has one of another form.",
  JWT_BINDING: "The token is bound to a key that the client has not proved to have.",
  JWT_PROOF: "The proof of possession is missing or wrong.",
  JWT_KEYS_UNAVAILABLE: "The keys of the issuer are not to be had.",
} as const;

/** The codes of a `JwtError`. */
export type JwtErrorCode = keyof typeof texts | "JWT_NONCE";

/**
 * Why a token is refused. Nothing of the token is in it; `response()` is the answer for the client. One error stands for all tokens that are
 * refused for that reason, so its stack tells nothing.
 */
export class JwtError extends SluiceError {
  /** Why it is refused. */
  declare readonly code: JwtErrorCode;
  /** Told apart from a `VerifiedJwt`. */
  declare readonly verified: false;
  /** @internal */
  declare protected readonly answers: BearerAnswers;
  declare private answer: Response | undefined;

  /** @internal */
  constructor(code: JwtErrorCode, answers: BearerAnswers, text: string = texts[code as keyof typeof texts]) {
    super(code, text);
    this.name = "JwtError";
    this.verified = false;
    this.answers = answers;
    this.answer = undefined;
  }

  /**
   * The answer: 401 with `WWW-Authenticate` (RFC 6750 section 3), which has no `error` where no token was sent; 400 for more than one
   * token; 503 where the keys of the issuer are not to be had.
   */
  response(): Response {
    return (this.answer ??= this.newAnswer());
  }

  /** @internal */
  protected newAnswer(): Response {
    const { code, answers } = this;
    switch (code) {
      case "JWT_MISSING":
        return answers.missing();
      case "JWT_KEYS_UNAVAILABLE":
        return new Response(503).withHeaders([["retry-after", "5"]]);
      default:
        return answers.refuse(errors[code] ?? "invalid_token", this.message);
    }
  }
}

/** What else answers say than that the token is invalid. */
const errors: Partial<Record<JwtErrorCode, BearerError>> = {
  JWT_SEVERAL: "invalid_request",
  JWT_PROOF: "invalid_dpop_proof",
};
