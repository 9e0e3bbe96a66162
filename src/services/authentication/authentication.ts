/** Who the caller of an exchange is, as one policy hands it to the policies behind it. */

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** An object of JSON. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** The caller, as the policy that authenticated it says. It never changes: to say something else, set another one. */
export interface Authentication<Properties extends object = JsonObject> {
  /** Who calls: the user, or a token's `sub`. */
  readonly principal?: string | undefined;
  /** The application that calls, by its id: a token's `client_id` or `azp`. */
  readonly clientId?: string | undefined;
  /** The application's name, for people. */
  readonly clientName?: string | undefined;
  /** What else is known: scopes, claims. No secrets: every policy of the exchange can read them. */
  readonly properties: Properties;
}

/** What a policy says of the caller. */
export interface AuthenticationInit extends Omit<Authentication, "properties"> {
  /** Goes through JSON: dates become text, undefined is left out. Default: none. */
  readonly properties?: Readonly<Record<string, unknown>>;
}
