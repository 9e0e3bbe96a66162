/** What checking API keys takes, and gives. */
import type { Response } from "../../policy/response.js";
import type { AuthenticationInit } from "../authentication/index.js";
import type { TokenCarrier } from "../bearer/index.js";
import type { ApiCredentials } from "./credentials.js";

/** A client, and the hashes of its secrets. */
export interface ApiKeyRecord {
  /** Its id, up to 256 characters of printable ASCII: what requests have as the id, and what limits count by. */
  readonly clientId: string;
  /** Its name, for people. */
  readonly clientName?: string | undefined;
  /** What it has agreed to, by a name such as `gold`: limits may differ by it. */
  readonly slaTier?: string | undefined;
  /**
   * SHA-256 of its secret, or of its key, in 64 hexadecimal digits; up to 8 while one takes the place of another. No secret is kept as itself:
   * secrets have to be random, of 128 bits at least, for hashes of what people think of are soon guessed.
   */
  readonly secretSha256: string | readonly string[];
}

/** A client that has shown its secret. */
export interface ApiClient {
  /** Its id. */
  readonly clientId: string;
  /** Its name, for people. */
  readonly clientName: string | undefined;
  /** What it has agreed to. */
  readonly slaTier: string | undefined;
}

/** What checking a request has come to. */
export type ApiKeyResult =
  | {
      readonly authenticated: true;
      /** Whose key it is. */
      readonly client: ApiClient;
      /** The same for `setAuthentication`; the SLA tier is among its properties, as `slaTier`. */
      readonly authentication: AuthenticationInit;
    }
  | {
      readonly authenticated: false;
      /** For logs. The client is not told whether it is the id that is unknown, or the secret that is wrong: nobody is. */
      readonly reason: "missing" | "unknown" | "unavailable";
      /** 401; 503 where the keys are not there. */
      response(): Response;
    };

/** Checks API keys. */
export interface ApiKeys {
  /** Whose key a request has. Where keys are there already, so is the result. */
  authenticate(request: TokenCarrier): Promise<ApiKeyResult>;
  /** Removes the credentials from a request, so that the upstream does not get them. */
  removeCredentials: ApiCredentials["remove"];
}
