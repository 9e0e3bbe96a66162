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

/** Reads who the caller is. */
export interface AuthenticationReader {
  /**
   * Who the caller is, as the last policy said that set it: of this exchange, in either phase. undefined where none has, and
   * where what stands there is not what `set` writes (a warning in the log says so). The type of the properties is the
   * caller's claim: validate what you rely on.
   */
  get<Properties extends object = JsonObject>(): Authentication<Properties> | undefined;
}

/** Reads and says who the caller is, for all policies of the exchange. */
export interface AuthenticationAccess extends AuthenticationReader {
  /**
   * Says who the caller is. It replaces what was said before; what is given is copied.
   *
   * @example authentication.set({ principal: claims.sub, clientId: claims.azp, properties: { scopes: ["orders"] } })
   * @throws SluiceError `AUTHENTICATION_VALUE` for what JSON cannot hold or is no authentication, `EXCHANGE_OVER`
   */
  set(authentication: AuthenticationInit): void;
  /**
   * Takes back what was said: `get()` gives undefined.
   * @throws SluiceError `EXCHANGE_OVER`
   */
  clear(): void;
}
