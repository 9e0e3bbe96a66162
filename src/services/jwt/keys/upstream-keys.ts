/** Where issuers publish their keys: a JWK set at an upstream (RFC 7517 section 5), found by OpenID discovery or not. */
import type { JwsFunctions } from "../../../abi/port.js";
import type { Duration } from "../../../policy/duration.js";
import { type Upstream, upstream } from "../../upstream/index.js";
import { refused, text, time, whole } from "../options.js";
import { FetchedKeys } from "./fetched-keys.js";
import type { KeyNeeds, KeySource } from "./key-source.js";

/** How keys are fetched. */
export interface FetchedKeysOptions {
  /** How often; default 10 minutes. */
  readonly refresh?: Duration | undefined;
  /** How long keys count that could not be fetched anew; default an hour. */
  readonly staleFor?: Duration | undefined;
  /** Tokens that name a key which is not known cause one fetch in this time; default 30 s. */
  readonly unknownKeyInterval?: Duration | undefined;
  /** How long an answer may take; default 5 s. */
  readonly timeout?: Duration | undefined;
  /** How many bytes an answer may have; default 262,144. */
  readonly maxBytes?: number | undefined;
}

/** Where a JWK set is. */
export interface UpstreamKeysOptions extends FetchedKeysOptions {
  /** An upstream by its name in the gateway file, or a URL at the origin of one. */
  readonly upstream: string;
  /** Path and query of the set; default: those of the URL. */
  readonly path?: string | undefined;
}

/** Where an issuer's configuration is. */
export interface DiscoveredKeysOptions extends FetchedKeysOptions {
  /** The upstream that the issuer is; default: that of the issuer's URL. */
  readonly upstream?: string | undefined;
  /** Its path; default that of the issuer's URL, and behind it `/.well-known/openid-configuration`. */
  readonly path?: string | undefined;
}

/**
 * The keys of a JWK set that an upstream has. They are fetched from `configure` on, again and again, and when a token names one that is not
 * known. Redirects are not followed.
 *
 * @example keys: upstreamKeys({ upstream: "login", path: "/.well-known/jwks.json" })
 */
export function upstreamKeys({ upstream: target, path, ...options }: UpstreamKeysOptions): KeySource {
  return fetched(options, ({ context, jws }, limits) => {
    text("upstreamKeys(): upstream", target);
    const called = upstream(context, target);
    return [`the keys of ${target}`, () => fetchObject(jws, called, path, limits)];
  });
}

/**
 * The keys of an issuer that tells where they are (OpenID Connect Discovery 1.0): the verifier's `issuer`, which has to be that of the
 * document, exactly. The keys have to be at an upstream, too.
 *
 * @example issuer: "https://login.example.com", keys: discoveredKeys()
 */
export function discoveredKeys({ upstream: target, path, ...options }: DiscoveredKeysOptions = {}): KeySource {
  return fetched(options, ({ context, issuer, jws }, limits) => {
    const [, origin, issuerPath = ""] = httpUrl.exec(issuer ?? "") ?? [];
    if (issuer === undefined || origin === undefined) {
      throw refused("issuer", "an http(s) URL, since keys are discovered there", issuer);
    }
    const called = upstream(context, target ?? origin);
    const documentPath = path ?? `${issuerPath.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const load = async (): Promise<unknown> => {
      const document = await fetchObject(jws, called, documentPath, limits);
      if (document["issuer"] !== issuer) {
        throw new Error("the document of the issuer is that of another issuer.");
      }
      const { jwks_uri: uri } = document;
      const [, keysOrigin, keysPath = "/"] = httpUrl.exec(typeof uri === "string" ? uri : "") ?? [];
      if (keysOrigin === undefined || (origin.startsWith("https:") && !keysOrigin.startsWith("https:"))) {
        throw new Error("the document of the issuer has no jwks_uri that can be used.");
      }
      // Upstreams are those of the gateway: an issuer cannot have others called.
      const keysAt = keysOrigin === origin ? called : upstream(context, keysOrigin);
      return fetchObject(jws, keysAt, keysPath, limits);
    };
    return [`the keys of ${issuer}`, load];
  });
}

/** Discovery makes two. */
const longestCalls = 2;
/** Reading keys takes some time, and the host its own to say that a call took too long. */
const checkingTime = 5_000;
const httpUrl = /^(https?:\/\/[^/?#\s]+)([/?][^#\s]*)?$/;

interface Limits {
  readonly timeout: number;
  readonly maxBytes: number;
}

function fetched(
  options: FetchedKeysOptions,
  loader: (needs: KeyNeeds, limits: Limits) => [what: string, load: () => Promise<unknown>],
): KeySource {
  return {
    open(needs) {
      const {
        refresh = 600_000,
        staleFor = 3_600_000,
        unknownKeyInterval = 30_000,
        timeout = 5_000,
        maxBytes = 262_144,
      } = options;
      const limits = {
        timeout: time("keys: timeout", timeout, 1, 600_000),
        maxBytes: whole("keys: maxBytes", maxBytes, 64, 1_048_576),
      };
      const times = {
        refresh: time("keys: refresh", refresh, 1_000, 86_400_000),
        stale: time("keys: staleFor", staleFor, 1_000, 30 * 86_400_000),
        interval: time("keys: unknownKeyInterval", unknownKeyInterval, 1_000, 86_400_000),
        longest: longestCalls * limits.timeout + checkingTime,
      };
      if (times.stale < times.refresh) {
        throw refused("keys: staleFor", "as long as refresh, or longer", staleFor);
      }
      const [what, load] = loader(needs, limits);
      const keys = new FetchedKeys(what, needs, times, load);
      keys.start();
      return keys;
    },
  };
}

async function fetchObject(
  jws: JwsFunctions,
  called: Upstream,
  path: string | undefined,
  { timeout, maxBytes }: Limits,
): Promise<Readonly<Record<string, unknown>>> {
  const reply = await called.fetch(path, { headers: { accept: "application/json" }, timeout });
  if (reply.status !== 200) {
    throw new Error(`the issuer answered ${reply.status}, not 200.`);
  }
  const bytes = reply.bytes();
  if (bytes.length > maxBytes) {
    throw new Error(`the issuer answered ${bytes.length} bytes, more than ${maxBytes}.`);
  }
  const object = jws.parse(bytes);
  if (object === undefined) {
    throw new Error("the issuer answered what is no object of JSON.");
  }
  return object;
}
