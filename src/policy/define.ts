/** `definePolicy`: a policy's parts and the types that run through them. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { SluiceError } from "../errors.js";
import type { ConfigureContext, DoneContext, ExchangeSummary, RequestContext, ResponseContext } from "./context.js";
import type { FilterResult, FlowData } from "./flow.js";
import type { RequestState } from "./request-states.js";
import type { ResponseState } from "./response-states.js";

/** What a schema makes of a configuration; `unknown` without a schema. */
export type ConfigOf<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Schema> : unknown;

/** The parts of a policy; all are optional. Write `onRequest` before `onResponse`, so that its data's type is known there. */
export interface PolicyDefinition<Schema, Resources, Result, End = void | Promise<void>> {
  /** Any Standard Schema (valibot and zod/mini make small modules). A configuration it refuses stops the start. */
  readonly config?: Schema;

  /**
   * Runs once per instance before the first request, and again after it failed; requests wait meanwhile. It must be
   * idempotent: every worker of a gateway runs it. What it returns is `resources` in the filters, and is disposed of
   * (`Symbol.dispose`, `Symbol.asyncDispose`) when the policy goes. Limit: 5 s.
   */
  configure?(context: ConfigureContext<ConfigOf<Schema>>): Resources | Promise<Resources>;

  /** Decides about a request: returns nothing (go on), a `Flow`, or a `Response` (answer the client now). */
  onRequest?(request: RequestState, context: RequestContext<ConfigOf<Schema>, Resources>): Result | Promise<Result>;

  /** Sees the response to a request that this policy saw, whoever made it. */
  onResponse?(
    response: ResponseState,
    context: ResponseContext<ConfigOf<Schema>, Resources, FlowData<Result>>,
  ): End & NoInfer<ResponseFilterResult<Awaited<End>>>;

  /** Runs once when an exchange is over, whatever its end. Synchronous. */
  // Not `void` alone: that would take an async function, whose end nobody waits for.
  onDone?(exchange: ExchangeSummary, context: DoneContext<ConfigOf<Schema>, Resources>): void | undefined;
}

/** `unknown` for nothing, which a response filter returns; else what the compiler is to say. */
type ResponseFilterResult<Result> = [Result] extends [void]
  ? unknown
  : [Result] extends [FilterResult]
    ? Hint<"onResponse returns nothing: call response.sendResponse(new Response(…)) to answer the client with another response">
    : Hint<"onResponse returns nothing: write { braces } around what it does, so that nothing is returned">;

declare const hint: unique symbol;

/** No text alone: of that and a boolean, say, nothing would be left to show. */
interface Hint<Text extends string> {
  readonly [hint]: Text;
}

/** What a schema takes as a configuration. */
export type ConfigInput<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferInput<Schema> : unknown;

/** A policy, as `export default` of its file. `Config` is what it takes as its configuration. */
export interface Policy<Config = unknown> {
  /** @internal */
  readonly definition: PolicyDefinition<StandardSchemaV1 | undefined, unknown, FilterResult>;
  /** @internal Its stack is that of the call of `definePolicy`: tests that are given the policy find its file in it. */
  readonly definedAt: Error;
  /** @internal Never there: it carries the type. */
  readonly configType?: Config;
}

const parts = ["config", "configure", "onRequest", "onResponse", "onDone"];

/**
 * Defines a policy.
 *
 * @throws SluiceError `POLICY_DEFINITION` for a part that does not exist or has the wrong kind
 */
export function definePolicy<
  Schema extends StandardSchemaV1 | undefined = undefined,
  Resources = undefined,
  Result extends FilterResult = undefined,
  End = void,
>(definition: PolicyDefinition<Schema, Resources, Result, End>): Policy<ConfigInput<Schema>> {
  for (const [name, value] of Object.entries(definition)) {
    if (!parts.includes(name)) {
      throw new SluiceError(
        "POLICY_DEFINITION",
        `definePolicy: there is no part "${name}"; expected ${parts.join(", ")}.`,
      );
    }
    if (name === "config") {
      if (value !== undefined && !isStandardSchema(value)) {
        throw new SluiceError(
          "POLICY_DEFINITION",
          "definePolicy: config: expected a Standard Schema (valibot, zod …).",
        );
      }
    } else if (typeof value !== "function") {
      throw new SluiceError("POLICY_DEFINITION", `definePolicy: ${name}: expected a function, got ${typeof value}.`);
    }
  }
  return { definition: definition as PolicyDefinition<Schema, Resources, Result>, definedAt: new Error() };
}

function isStandardSchema(value: unknown): boolean {
  return (typeof value === "object" || typeof value === "function") && value !== null && "~standard" in value;
}
