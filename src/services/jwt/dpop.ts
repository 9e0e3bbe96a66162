/** Proofs that a client has the key that its token is bound to: DPoP (RFC 9449). */
import { millisecondsOf } from "../../policy/duration.js";
import type { Duration, InstanceContext } from "../../policy/service.js";
import { instancePort } from "../../policy/service.js";
import { type Storage, storage } from "../storage/index.js";
import { type JwtAlgorithm, subtle } from "./algorithms.js";
import { base64urlOf } from "./base64url.js";
import type { VerifiedRequest } from "./jwt.js";
import type { JwtErrorCode } from "./jwt-error.js";
import { type Jwk, verifyKeysOf } from "./keys/jwk.js";
import { refused, text, time, whole } from "./options.js";
import { objectOf } from "./strict-json.js";
import { headerOf, partsOf } from "./token-parts.js";

/** Which proofs are taken. */
export interface DpopOptions {
  /** The algorithms of proofs: of public keys. */
  readonly algorithms: readonly JwtAlgorithm[];
  /** Whether tokens that are bound to no key are refused; default `false`. */
  readonly required?: boolean | undefined;
  /** How old a proof may be; as long it is remembered, so that it is used once. Default a minute. */
  readonly maxAge?: Duration | undefined;
  /** `https://api.example.com`: what clients call, where that is not what the gateway is called by. Default: scheme and host of the request. */
  readonly origin?: string | undefined;
  /** For how many proofs there is room, in all workers; default 16,384. What has no room fails. */
  readonly entries?: number | undefined;
}

/** Checks proofs: for `dpop` of a verifier's options. */
export interface ProofChecker {
  /** @internal */
  check(
    cnf: unknown,
    token: string,
    request: VerifiedRequest,
  ): Promise<JwtErrorCode | undefined> | JwtErrorCode | undefined;
  /** @internal Whether it is about what that says. */
  isAbout(cnf: unknown): boolean;
}

const longestProof = 4_096;
const longestId = 256;
/** Milliseconds that a client's clock may be ahead. */
const ahead = 5_000;

/**
 * Checks proofs of DPoP, each of which is taken once, by whatever worker. Tokens come with the scheme DPoP then:
 * `source: fromHeader("authorization", "DPoP")`.
 *
 * @throws SluiceError `JWT_OPTIONS`, `STATE_UNAVAILABLE`, `SERVICE_CONTEXT`
 */
export function dpopProofs(context: InstanceContext, options: DpopOptions): ProofChecker {
  const port = instancePort(context, "dpopProofs()");
  const { algorithms, required = false, maxAge = 60_000, origin, entries = 16_384 } = options;
  if (!Array.isArray(algorithms) || algorithms.length === 0 || algorithms.some(({ keyType }) => keyType === "oct")) {
    throw refused("dpop: algorithms", "algorithms of public keys, such as ES256", "others");
  }
  time("dpop: maxAge", maxAge, 1_000, 3_600_000);
  whole("dpop: entries", entries, 16, 1_048_576);
  if (origin !== undefined) {
    text("dpop: origin", origin);
  }
  const used = storage<number>(context, "jwt-dpop", { entries, bytes: entries * bytesOfEntry, valueBytes: 16 });
  return new Proofs(() => port.now(), used, { algorithms, required, maxAge: millisecondsOf(maxAge), origin });
}

/** A key of 43 characters, a point and as many again, with what a storage adds. */
const bytesOfEntry = 192;

interface Rules {
  readonly algorithms: readonly JwtAlgorithm[];
  readonly required: boolean;
  readonly maxAge: number;
  readonly origin: string | undefined;
}

class Proofs implements ProofChecker {
  private readonly now: () => number;
  private readonly used: Storage<number>;
  private readonly rules: Rules;

  constructor(now: () => number, used: Storage<number>, rules: Rules) {
    this.now = now;
    this.used = used;
    this.rules = rules;
  }

  isAbout(cnf: unknown): boolean {
    return cnf === null || (thumbprintIn(cnf) !== undefined && Object.keys(cnf as object).length === 1);
  }

  check(
    cnf: unknown,
    token: string,
    request: VerifiedRequest,
  ): Promise<JwtErrorCode | undefined> | JwtErrorCode | undefined {
    const isDpop = (request.headers.get("authorization") ?? "").slice(0, 5).toLowerCase() === "dpop ";
    const jkt = thumbprintIn(cnf);
    if (jkt === undefined) {
      return this.rules.required || isDpop ? "JWT_BINDING" : undefined;
    }
    const proofs = request.headers.getAll("dpop");
    // A bound token is none of a bearer's (section 7.2).
    return !isDpop || proofs.length !== 1
      ? "JWT_PROOF"
      : this.isGood(proofs[0]!, jkt, token, request).then((is) => (is ? undefined : "JWT_PROOF"));
  }

  /** Section 4.3, in its order as far as that costs nothing. */
  private async isGood(proof: string, jkt: string, token: string, request: VerifiedRequest): Promise<boolean> {
    const { algorithms, maxAge } = this.rules;
    const parts = proof.length > longestProof ? undefined : partsOf(proof);
    const header = parts && headerOf(parts.header);
    if (parts === undefined || header === undefined || typeof header === "string" || header.typ !== "dpop+jwt") {
      return false;
    }
    const algorithm = algorithms.find(({ name }) => name === header.alg);
    const jwk = header["jwk"] as Jwk | null | undefined;
    if (algorithm === undefined || typeof jwk !== "object" || jwk === null || (await thumbprintOf(jwk)) !== jkt) {
      return false;
    }
    const claims = objectOf(parts.payload);
    const { htm, htu, iat, jti, ath } = claims ?? {};
    const now = this.now();
    const isNow = typeof iat === "number" && iat * 1_000 >= now - maxAge && iat * 1_000 <= now + ahead;
    if (!isNow || htm !== request.method || typeof htu !== "string" || plainUrl(htu) !== this.urlOf(request)) {
      return false;
    }
    if (typeof jti !== "string" || jti === "" || jti.length > longestId || ath !== (await digestOf(token))) {
      return false;
    }
    const signed = new TextEncoder().encode(parts.signed);
    const key = await verifyKeysOf({ ...jwk, use: undefined, alg: undefined }, [algorithm], true).catch(() => []);
    if (key[0] === undefined || !(await subtle().verify(algorithm.parameters, key[0].key, parts.signature, signed))) {
      return false;
    }
    const id = `${jkt}.${await digestOf(jti)}`;
    return (await this.used.set(id, 1, { ifAbsent: true, ttl: maxAge + ahead })) !== undefined;
  }

  private urlOf({ scheme, authority, path }: VerifiedRequest): string | undefined {
    return plainUrl(`${this.rules.origin ?? `${scheme}://${authority}`}${path}`);
  }
}

function thumbprintIn(cnf: unknown): string | undefined {
  const jkt = typeof cnf === "object" && cnf !== null ? (cnf as { jkt?: unknown }).jkt : undefined;
  return typeof jkt === "string" ? jkt : undefined;
}

/** RFC 7638. */
async function thumbprintOf({ kty, n, e, crv, x, y }: Jwk): Promise<string | undefined> {
  const members = kty === "RSA" ? { e, kty, n } : kty === "EC" ? { crv, kty, x, y } : { crv, kty, x };
  return Object.values(members).every((member) => typeof member === "string")
    ? digestOf(JSON.stringify(members))
    : undefined;
}

async function digestOf(content: string): Promise<string> {
  return base64urlOf(new Uint8Array(await subtle().digest("SHA-256", new TextEncoder().encode(content))));
}

/** Without query and fragment, scheme and host in lower case, and no port that goes without saying (RFC 3986 section 6.2). */
function plainUrl(url: string): string | undefined {
  const [, scheme = "", authority = "", path = "/"] =
    /^(https?):\/\/([^/?#\s@]+)(\/[^?#\s]*)?(?:[?#].*)?$/i.exec(url) ?? [];
  if (authority === "") {
    return undefined;
  }
  const lower = scheme.toLowerCase();
  const port = lower === "https" ? /:443$/ : /:80$/;
  return `${lower}://${authority.toLowerCase().replace(port, "")}${path}`;
}
