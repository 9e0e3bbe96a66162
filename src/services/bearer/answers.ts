/** What clients are told whose requests are refused: RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section 5.1. */
import { SluiceError } from "../../errors.js";
import { Response } from "../../policy/response.js";
import { textOf } from "../../thrown.js";

const statuses = {
  invalid_request: 400,
  invalid_token: 401,
  invalid_dpop_proof: 401,
  use_dpop_nonce: 401,
  insufficient_scope: 403,
} as const;

/** What is wrong with a request: the registered errors of RFC 6750 and RFC 9449. */
export type BearerError = keyof typeof statuses;

/** What every answer tells. */
export interface ChallengeOptions {
  /** `Bearer` (default), or `DPoP` where tokens have to be bound to keys of clients. */
  readonly scheme?: "Bearer" | "DPoP" | undefined;
  /** What is protected, for people. */
  readonly realm?: string | undefined;
  /** The scopes that are needed. */
  readonly scope?: string | readonly string[] | undefined;
  /** The URL of the document that says where tokens are had: `resourceMetadata(…).url`. */
  readonly resourceMetadata?: string | undefined;
  /** With `DPoP`: the algorithms of proofs that are taken. */
  readonly algs?: readonly string[] | undefined;
}

/** The answers of a protected resource. Make them once, in `configure`. */
export class BearerAnswers {
  declare private readonly scheme: string;
  declare private readonly common: readonly string[];
  declare private readonly scope: string | undefined;
  private readonly made = new Map<string, Response>();

  /** @throws SluiceError `BEARER_OPTIONS` for what the field `WWW-Authenticate` cannot hold */
  constructor({ scheme = "Bearer", realm, scope, resourceMetadata, algs }: ChallengeOptions = {}) {
    if ((scheme as string) !== "Bearer" && (scheme as string) !== "DPoP") {
      throw refused("scheme", "Bearer or DPoP", scheme);
    }
    this.scheme = scheme;
    this.scope = scope === undefined ? undefined : scopeText(scope);
    parameter("scope", this.scope);
    this.common = [
      ...parameter("realm", realm),
      ...parameter("resource_metadata", resourceMetadata),
      ...parameter("algs", algs?.join(" ")),
    ];
  }

  /** 401 to a request without a token: which scheme to use, and no error (RFC 6750 section 3.1). */
  missing(): Response {
    return this.made.get("") ?? this.keep("", this.answer(401, this.scope, undefined, undefined));
  }

  /**
   * The answer to a request that is refused: 400 for `invalid_request`, 403 for `insufficient_scope`, else 401. The body tells the same as
   * JSON.
   *
   * @param description for the client's developers: printable ASCII but `"` and `\`, nothing of the request and nothing internal
   * @param scope the scopes that this request needs, in place of those of all
   */
  refuse(error: BearerError, description: string, scope?: string | readonly string[]): Response {
    const key = `${error} ${description}`;
    if (scope === undefined) {
      return this.made.get(key) ?? this.keep(key, this.answer(statuses[error], this.scope, error, description));
    }
    return this.answer(statuses[error], scopeText(scope), error, description);
  }

  /** Descriptions are texts of the code, so there are few; a policy that makes them up has its answers made each time. */
  private keep(key: string, answer: Response): Response {
    if (this.made.size < 64) {
      this.made.set(key, answer);
    }
    return answer;
  }

  private answer(status: number, scope: string | undefined, error?: BearerError, description?: string): Response {
    const parameters = [
      ...this.common,
      ...parameter("error", error),
      ...parameter("error_description", description),
      ...parameter("scope", scope),
    ];
    const challenge = parameters.length === 0 ? this.scheme : `${this.scheme} ${parameters.join(", ")}`;
    const answer = new Response(status).withHeaders([
      ["www-authenticate", challenge],
      ["cache-control", "no-store"],
    ]);
    return error === undefined
      ? answer
      : answer
          .withHeaders([["content-type", "application/json"]])
          .withBody(`${JSON.stringify({ error, error_description: description })}\n`);
  }
}

function scopeText(scope: string | readonly string[]): string {
  return typeof scope === "string" ? scope : scope.join(" ");
}

/** A `quoted-string` that needs no escapes (RFC 6750 section 3). */
function parameter(name: string, value: string | undefined): string[] {
  if (value === undefined) {
    return [];
  }
  if (typeof value !== "string" || !/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(value)) {
    throw refused(name, 'printable ASCII without " and \\', value);
  }
  return [`${name}="${value}"`];
}

function refused(what: string, expected: string, got: unknown): SluiceError {
  return new SluiceError("BEARER_OPTIONS", `bearer: ${what}: expected ${expected}, got ${textOf(got)}.`);
}
