/** Where requests have their API keys. A policy has the code of what it names. */
import type { Headers } from "../../policy/headers.js";
import type { TokenCarrier, TokenSource } from "../bearer/index.js";

/** What a request says. */
export interface Credentials {
  /** undefined: the secret alone says whose it is. */
  readonly id: string | undefined;
  readonly secret: string;
}

/** A way in which requests have them. */
export interface ApiCredentials {
  /** The scheme of the 401 (RFC 9110 section 11.6.1). */
  readonly scheme: string;
  /** undefined: there are none, or not all. @internal */
  read(request: TokenCarrier): Credentials | undefined;
  /** Removes them from the request. */
  remove(request: { readonly headers: Headers; path: string }): void;
}

/** One key, that is the id and the secret. */
export function keyIn(source: TokenSource): ApiCredentials {
  return {
    scheme: "ApiKey",
    read(request) {
      const secret = tokenOf(source, request);
      return secret === undefined ? undefined : { id: undefined, secret };
    },
    remove(request) {
      source.remove(request);
    },
  };
}

/** An id, and a secret beside it. */
export function idAndSecretIn(idSource: TokenSource, secretSource: TokenSource): ApiCredentials {
  return {
    scheme: "ApiKey",
    read(request) {
      const id = tokenOf(idSource, request);
      const secret = tokenOf(secretSource, request);
      return id === undefined || secret === undefined ? undefined : { id, secret };
    },
    remove(request) {
      idSource.remove(request);
      secretSource.remove(request);
    },
  };
}

/** `authorization: Basic …` with the id as the user's name and the secret as its password (RFC 7617). */
export function basicCredentials(): ApiCredentials {
  return {
    scheme: "Basic",
    read({ headers }) {
      const [, encoded = ""] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(headers.get("authorization") ?? "") ?? [];
      const text = decoded(encoded);
      const colon = text.indexOf(":");
      return colon < 1 ? undefined : { id: text.slice(0, colon), secret: text.slice(colon + 1) };
    },
    remove({ headers }) {
      headers.delete("authorization");
    },
  };
}

function tokenOf(source: TokenSource, request: TokenCarrier): string | undefined {
  const text = source.read(request);
  return typeof text === "string" ? source.tokenIn(text) : undefined;
}

function decoded(encoded: string): string {
  try {
    return atob(encoded);
  } catch {
    return "";
  }
}
