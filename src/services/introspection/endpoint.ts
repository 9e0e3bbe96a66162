/** Calls of an introspection endpoint (RFC 7662 section 2.1). */
import { messageOf } from "../../thrown.js";
import type { LoadContext } from "../cache/index.js";
import { UpstreamError, type UpstreamResponse, upstream } from "../upstream/index.js";
import type { ClientAuthentication } from "./clients.js";
import { formBody } from "./form-encoded.js";
import type { EndpointAnswer } from "./introspection-error.js";

export interface EndpointOptions {
  readonly upstream: string;
  readonly path: string | undefined;
  readonly client: ClientAuthentication;
  readonly tokenTypeHint: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly maxBytes: number;
}

/** What came of a call: the value of its JSON, that it is none, or that there is no answer. The log has been told of the last two. */
export type EndpointReply =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "unreadable" }
  | { readonly kind: "none"; readonly answer: EndpointAnswer | undefined };

export class Endpoint {
  private readonly options: EndpointOptions;

  constructor(options: EndpointOptions) {
    this.options = options;
  }

  /** Asks about a token. Never throws for what the server does. */
  async ask(token: string, context: LoadContext, now: number): Promise<EndpointReply> {
    const { upstream: name, path, timeout, client, tokenTypeHint, maxBytes } = this.options;
    const credentials = client.credentials(now);
    const { authorization, fields = [] } = "then" in credentials ? await credentials : credentials;
    let reply: UpstreamResponse;
    try {
      reply = await upstream(context, name).fetch(path, {
        method: "POST",
        headers: [
          ...(authorization === undefined ? [] : ([["authorization", authorization]] as const)),
          ["content-type", "application/x-www-form-urlencoded"],
          ["accept", "application/json"],
        ],
        body: formBody([
          ["token", token],
          ...(tokenTypeHint === undefined ? [] : ([["token_type_hint", tokenTypeHint]] as const)),
          ...fields,
        ]),
        timeout,
        signal: context.signal,
      });
    } catch (error) {
      if (!(error instanceof UpstreamError)) {
        throw error;
      }
      context.logger.warn(`INTROSPECTION_UNAVAILABLE: ${messageOf(error)}`);
      return { kind: "none", answer: undefined };
    }
    if (reply.status !== 200) {
      context.logger.warn("INTROSPECTION_UNAVAILABLE: the endpoint answered with another status than 200", {
        status: reply.status,
      });
      return { kind: "none", answer: { status: reply.status, text: textOf(reply, maxBytes) } };
    }
    if (reply.bytes().length > maxBytes) {
      context.logger.warn(`INTROSPECTION_ANSWER: the endpoint's answer has more than ${maxBytes} bytes`);
      return { kind: "unreadable" };
    }
    try {
      return { kind: "json", value: reply.json() };
    } catch (error) {
      // Nothing of the body is in it.
      context.logger.warn(`INTROSPECTION_ANSWER: ${messageOf(error)}`);
      return { kind: "unreadable" };
    }
  }
}

function textOf(reply: UpstreamResponse, maxBytes: number): string {
  return new TextDecoder().decode(reply.bytes().subarray(0, maxBytes));
}
