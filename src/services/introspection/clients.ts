/** How a policy shows the authorization server who it is (RFC 7662 section 2.1, RFC 6749 section 2.3). A policy has the code of what it names. */
import { SluiceError } from "../../errors.js";
import { checkedValue } from "../../policy/header-syntax.js";
import { formEncoded } from "./form-encoded.js";

/** What is added to a request of introspection. */
export interface ClientCredentials {
  /** The value of `authorization`. */
  readonly authorization?: string | undefined;
  /** Fields of the form. */
  readonly fields?: readonly (readonly [name: string, value: string])[] | undefined;
}

/** A way to show it. */
export interface ClientAuthentication {
  /** @internal */
  credentials(now: number): ClientCredentials | Promise<ClientCredentials>;
}

/** `client_secret_basic`: id and secret as name and password (RFC 6749 section 2.3.1). */
export function basicClient(id: string, secret: string): ClientAuthentication {
  checkText("basicClient()", "id", id);
  checkText("basicClient()", "secret", secret);
  return authorizedClient(`Basic ${btoa(`${formEncoded(id)}:${formEncoded(secret)}`)}`);
}

/** `client_secret_post`: id and secret as fields of the form. */
export function postClient(id: string, secret: string): ClientAuthentication {
  checkText("postClient()", "id", id);
  checkText("postClient()", "secret", secret);
  const fields = [
    ["client_id", id],
    ["client_secret", secret],
  ] as const;
  return { credentials: () => ({ fields }) };
}

/** A value of `authorization` as it is, such as a bearer token of the policy's own. */
export function authorizedClient(authorization: string): ClientAuthentication {
  checkText("authorizedClient()", "authorization", authorization);
  const checked = checkedValue(authorization, "authorization", "authorizedClient()");
  return { credentials: () => ({ authorization: checked }) };
}

/** Nothing of the value is told: it is a secret. */
export function checkText(call: string, what: string, value: unknown): void {
  if (typeof value !== "string" || value === "") {
    throw new SluiceError("INTROSPECTION_OPTIONS", `${call}: ${what}: expected a text that is not empty.`);
  }
}
