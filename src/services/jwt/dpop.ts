/** Proofs that a client has the key that its token is bound to: DPoP (RFC 9449). */
import type { JwsFunctions, SignatureKey } from "../../abi/port.js";
import { millisecondsOf } from "../../policy/duration.js";
import { engineServices } from "../../policy/engine-services.js";
import { type Duration, type InstanceContext, type InstancePort, instancePort } from "../../policy/service.js";
import type { BearerAnswers } from "../bearer/index.js";
import type { Storage } from "../storage/storage.js";
import type { JwtAlgorithm } from "./algorithms.js";
import { base64urlOf } from "./base64url.js";
import { digestOf, type NonceOptions, Nonces } from "./dpop-nonces.js";
import type { ProofChecker, VerifiedRequest } from "./jwt.js";
import type { JwtError, JwtErrorCode } from "./jwt-error.js";
import { type Jwk, verifyKeysOf } from "./keys/jwk.js";
import { refused, text, time } from "./options.js";
import { checkedHeader } from "./token-header.js";

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
  /** What remembers proofs, for all workers: `storage(context, "dpop", { entries: 16_384 })`. A proof that has no room fails. */
  readonly replays: Storage<number>;
  /**
   * Has each proof contain what the gateway has told its client a moment ago, so that none can be made beforehand: without it a client is
   * answered `use_dpop_nonce` with the header `DPoP-Nonce`, and asks again (section 9). Default: no nonces.
   */
  readonly nonce?: NonceOptions | undefined;
}

const longestProof = 4_096;
const longestId = 256;
/** In place of a proof's id: it is good but for the nonce. */
const noNonce = "";
/** Milliseconds that a client's clock may be ahead. */
const ahead = 5_000;

/**
 * Checks proofs of DPoP, each of which is taken once, by whatever worker. Tokens come with the scheme DPoP then:
 * `source: fromHeader("authorization", "DPoP")`.
 *
 * @throws SluiceError `JWT_OPTIONS`, `SERVICE_CONTEXT`
 */
export function dpopProofs(context: InstanceContext, options: DpopOptions): ProofChecker {
  const port = instancePort(context, "dpopProofs()");
  const { algorithms, required = false, maxAge = 60_000, origin, replays, nonce } = options;
  if (!Array.isArray(algorithms) || algorithms.length === 0 || algorithms.some(({ keyType }) => keyType === "oct")) {
    throw refused("dpop: algorithms", "algorithms of public keys, such as ES256", "others");
  }
  time("dpop: maxAge", maxAge, 1_000, 3_600_000);
  if (typeof (replays as Storage<number> | undefined)?.set !== "function") {
    throw refused("dpop: replays", "a storage", replays);
  }
  if (origin !== undefined) {
    text("dpop: origin", origin);
  }
  const nonces = nonce && new Nonces(port, nonce);
  return new Proofs(port, replays, { algorithms, required, maxAge: millisecondsOf(maxAge), origin, nonces });
}

interface Rules {
  readonly algorithms: readonly JwtAlgorithm[];
  readonly required: boolean;
  readonly maxAge: number;
  readonly origin: string | undefined;
  readonly nonces: Nonces | undefined;
}

class Proofs implements ProofChecker {
  private readonly port: InstancePort;
  private readonly jws: JwsFunctions;
  private readonly used: Storage<number>;
  private readonly rules: Rules;

  constructor(port: InstancePort, used: Storage<number>, rules: Rules) {
    this.port = port;
    this.jws = engineServices(port).jwsFunctions!;
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
    answers: BearerAnswers,
  ): Promise<JwtErrorCode | JwtError | undefined> | JwtErrorCode | undefined {
    const isDpop = (request.headers.get("authorization") ?? "").slice(0, 5).toLowerCase() === "dpop ";
    const jkt = thumbprintIn(cnf);
    if (jkt === undefined) {
      return this.rules.required || isDpop ? "JWT_BINDING" : undefined;
    }
    const proofs = request.headers.getAll("dpop");
    // A bound token is none of a bearer's (section 7.2).
    const id = !isDpop || proofs.length !== 1 ? undefined : this.idOf(proofs[0]!, jkt, token, request);
    if (id === undefined) {
      return "JWT_PROOF";
    }
    return id === noNonce ? Promise.resolve(this.rules.nonces!.error(answers)) : this.use(id);
  }

  /** Each is taken once. */
  private async use(id: string): Promise<JwtErrorCode | undefined> {
    const ttl = this.rules.maxAge + ahead;
    return (await this.used.set(id, 1, { ifAbsent: true, ttl })) === undefined ? "JWT_PROOF" : undefined;
  }

  /** What tells a good proof from others of the key: section 4.3, in its order as far as that costs nothing. */
  private idOf(proof: string, jkt: string, token: string, request: VerifiedRequest): string | undefined {
    const { algorithms, maxAge, nonces } = this.rules;
    const [head, signed, payload, signature] = (proof.length > longestProof ? undefined : this.jws.split(proof)) ?? [];
    const header = head === undefined ? undefined : checkedHeader(this.jws.parse(head));
    if (typeof header !== "object" || header.typ !== "dpop+jwt") {
      return undefined;
    }
    const algorithm = algorithms.find(({ name }) => name === header.alg);
    const jwk = header["jwk"] as Jwk | null | undefined;
    if (algorithm === undefined || typeof jwk !== "object" || jwk === null || this.thumbprintOf(jwk) !== jkt) {
      return undefined;
    }
    const { htm, htu, iat, jti, ath, nonce } = this.jws.parse(payload!) ?? {};
    const now = this.port.now();
    const isNow = typeof iat === "number" && iat * 1_000 >= now - maxAge && iat * 1_000 <= now + ahead;
    if (!isNow || htm !== request.method || typeof htu !== "string" || plainUrl(htu) !== this.urlOf(request)) {
      return undefined;
    }
    if (typeof jti !== "string" || jti === "" || jti.length > longestId || ath !== this.digestOf(token)) {
      return undefined;
    }
    if (this.keyOf(jwk, algorithm)?.verify(signature!, signed!) !== true) {
      return undefined;
    }
    return nonces?.isGood(nonce) === false ? noNonce : `${jkt}.${this.digestOf(jti)}`;
  }

  private keyOf(jwk: Jwk, algorithm: JwtAlgorithm): SignatureKey | undefined {
    try {
      return verifyKeysOf(this.jws, { ...jwk, use: undefined, alg: undefined }, [algorithm], true)[0]?.key;
    } catch {
      return undefined;
    }
  }

  /** RFC 7638. */
  private thumbprintOf({ kty, n, e, crv, x, y }: Jwk): string | undefined {
    const members = kty === "RSA" ? { e, kty, n } : kty === "EC" ? { crv, kty, x, y } : { crv, kty, x };
    return Object.values(members).every((member) => typeof member === "string")
      ? this.digestOf(JSON.stringify(members))
      : undefined;
  }

  private digestOf(content: string): string {
    return base64urlOf(digestOf(this.port, new TextEncoder().encode(content)));
  }

  private urlOf({ scheme, authority, path }: VerifiedRequest): string | undefined {
    return plainUrl(`${this.rules.origin ?? `${scheme}://${authority}`}${path}`);
  }
}

function thumbprintIn(cnf: unknown): string | undefined {
  const jkt = typeof cnf === "object" && cnf !== null ? (cnf as { jkt?: unknown }).jkt : undefined;
  return typeof jkt === "string" ? jkt : undefined;
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
