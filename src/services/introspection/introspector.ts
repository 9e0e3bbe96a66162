/** Introspection with a memory. */
import { KitPromise } from "../../policy/kit-promise.js";
import { hideFields } from "../../policy/opaque.js";
import type { InstancePort } from "../../policy/service.js";
import type { TokenCarrier, TokenSource } from "../bearer/index.js";
import type { Cache, LoadContext, LoadOptions } from "../cache/index.js";
import { judged, type TokenRules } from "./answer.js";
import type { Endpoint } from "./endpoint.js";
import type { IntrospectedToken, Introspection } from "./introspection.js";
import {
  type EndpointAnswer,
  IntrospectionError,
  type IntrospectionErrorCode,
  type RefusalAnswers,
} from "./introspection-error.js";

type Outcome = IntrospectedToken | IntrospectionError;

/** What is remembered, and for how long. Times are milliseconds. */
export interface Memory {
  /** Tokens that are active. */
  readonly active: Cache<IntrospectedToken>;
  /** Those that were refused, so that they never take the room of the others, and all that are being asked about. */
  readonly others: Cache<Outcome>;
  readonly activeTtl: number;
  readonly refusedTtl: number;
  readonly loadTimeout: number;
}

/** What a token is made of (RFC 6749 appendix A.12), but the space, which is none of a bearer token. */
const visible = /^[\x21-\x7e]+$/;

/** Codes that say nothing of the token: it is asked about again. */
const transient: readonly IntrospectionErrorCode[] = ["INTROSPECTION_UNAVAILABLE", "INTROSPECTION_ANSWER"];

export class Introspector implements Introspection {
  readonly source: TokenSource;
  private readonly port: InstancePort;
  private readonly endpoint: Endpoint;
  private readonly rules: TokenRules;
  private readonly memory: Memory;
  private readonly answers: RefusalAnswers;
  private readonly maxLength: number;
  private readonly loadOptions: LoadOptions<Outcome>;
  private readonly errors = new Map<IntrospectionErrorCode, IntrospectionError>();

  constructor(
    port: InstancePort,
    source: TokenSource,
    endpoint: Endpoint,
    rules: TokenRules,
    memory: Memory,
    answers: RefusalAnswers,
    maxLength: number,
  ) {
    this.port = port;
    this.source = source;
    this.endpoint = endpoint;
    this.rules = rules;
    this.memory = memory;
    this.answers = answers;
    this.maxLength = maxLength;
    this.loadOptions = {
      ttl: (outcome) => (outcome.verified || transient.includes(outcome.code) ? 0 : memory.refusedTtl),
      timeout: memory.loadTimeout,
    };
  }

  verifyRequest(request: TokenCarrier): Promise<Outcome> {
    const sent = this.source.read(request);
    if (typeof sent !== "string") {
      return KitPromise.resolved<Outcome>(this.error(sent === null ? "TOKEN_SEVERAL" : "TOKEN_MISSING"));
    }
    return this.known(sent) ?? this.outcomeOf(sent, this.source.tokenIn(sent));
  }

  async verify(token: string): Promise<IntrospectedToken> {
    const outcome = await (this.known(token) ?? this.outcomeOf(token, token));
    if (!outcome.verified) {
      throw outcome;
    }
    return outcome;
  }

  /** What a hit takes: it waits for nothing. */
  private known(key: string): KitPromise<Outcome> | undefined {
    const token = this.memory.active.get(key);
    return token && KitPromise.resolved<Outcome>(token);
  }

  private outcomeOf(key: string, token: string | undefined): Promise<Outcome> {
    if (token === undefined) {
      return KitPromise.resolved<Outcome>(this.error("TOKEN_MISSING"));
    }
    if (token.length > this.maxLength || !visible.test(token)) {
      return KitPromise.resolved<Outcome>(this.error("TOKEN_MALFORMED"));
    }
    return this.memory.others.getOrLoad(key, (context) => this.ask(key, token, context), this.loadOptions);
  }

  private async ask(key: string, token: string, context: LoadContext): Promise<Outcome> {
    const reply = await this.endpoint.ask(token, context, this.port.now());
    if (reply.kind === "none") {
      return this.error("INTROSPECTION_UNAVAILABLE", reply.answer);
    }
    const now = this.port.now();
    const outcome = reply.kind === "unreadable" ? "INTROSPECTION_ANSWER" : judged(reply.value, this.rules, now);
    if (typeof outcome === "string") {
      return this.error(outcome);
    }
    const ttl = Math.min(this.memory.activeTtl, (outcome.expiresAt ?? Infinity) - now);
    this.memory.active.set(key, outcome, { ttl });
    return outcome;
  }

  /** One error for all that are refused for that reason. */
  private error(code: IntrospectionErrorCode, answer?: EndpointAnswer): IntrospectionError {
    if (answer !== undefined) {
      return new IntrospectionError(code, this.answers, answer);
    }
    let error = this.errors.get(code);
    if (error === undefined) {
      error = new IntrospectionError(code, this.answers);
      this.errors.set(code, error);
    }
    return error;
  }
}

hideFields(Introspector);
