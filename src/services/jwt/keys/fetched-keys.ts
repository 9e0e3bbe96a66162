/** Keys that an issuer publishes: fetched ahead, and kept for a while where the issuer is down. */
import type { InstancePort } from "../../../policy/service.js";
import { messageOf } from "../../../thrown.js";
import type { JwtAlgorithm } from "../algorithms.js";
import { membersOfSet, verifyKeysOf } from "./jwk.js";
import { type Found, type KeyNeeds, type KeySet, matching, type VerifyKey } from "./key-source.js";

/** Milliseconds, all of them. */
export interface FetchTimes {
  /** Between one fetch and the next. */
  readonly refresh: number;
  /** How long keys count that could not be fetched anew. */
  readonly stale: number;
  /** How long after a fetch no token causes another one. */
  readonly interval: number;
  /** How long a fetch takes at most: one that takes longer was ended by force. */
  readonly longest: number;
}

/** Keys of a set beyond that are not looked at. */
const mostKeys = 100;
/** A fetch that failed is tried again sooner than the next one is due, and very soon where there are no keys at all. */
const retryPause = 15_000;
const firstRetryPause = 5_000;
/** While there are no keys a token has them fetched again, and waits for them. */
const tokenPause = 1_000;

export class FetchedKeys implements KeySet {
  private readonly what: string;
  private readonly needs: KeyNeeds;
  private readonly times: FetchTimes;
  private readonly load: () => Promise<unknown>;
  /** By the texts of their JWKs, which tell one from another. */
  private keys: ReadonlyMap<string, readonly VerifyKey[]> | undefined;
  private usable: readonly VerifyKey[] = [];
  private keptUntil = 0;
  /** When the last fetch was begun. */
  private fetchedAt = 0;
  private fetching: Promise<void> | undefined;
  private cancelTimer: () => void = () => undefined;

  /**
   * @param what names the keys in messages
   * @param load gives what the issuer publishes, parsed; it fails where that is none
   */
  constructor(what: string, needs: KeyNeeds, times: FetchTimes, load: () => Promise<unknown>) {
    this.what = what;
    this.needs = needs;
    this.times = times;
    this.load = load;
  }

  /** The first fetch, in an event of its own: Envoy configures policies before it knows its upstreams. Nobody waits for it but tokens. */
  start(): void {
    this.wakeIn(0);
  }

  find(algorithm: JwtAlgorithm, kid: string | undefined): Found | Promise<Found> {
    const known = this.known(algorithm, kid);
    if (known !== undefined && known.length > 0) {
      return known;
    }
    const pause = known === undefined ? tokenPause : this.times.interval;
    if (this.current === undefined && this.port.now() < this.fetchedAt + pause) {
      return known;
    }
    // It may be a key that is new; or there are none yet.
    return (this.current ?? this.fetch()).then(() => this.known(algorithm, kid));
  }

  private get port(): InstancePort {
    return this.needs.port;
  }

  private get current(): Promise<void> | undefined {
    return this.port.now() < this.fetchedAt + this.times.longest ? this.fetching : undefined;
  }

  private known(algorithm: JwtAlgorithm, kid: string | undefined): Found {
    return this.keys === undefined || this.port.now() >= this.keptUntil
      ? undefined
      : matching(this.usable, algorithm, kid);
  }

  /** Never fails. All that ask meanwhile wait for the same fetch, which is no exchange's. */
  private fetch(): Promise<void> {
    this.fetchedAt = this.port.now();
    this.wakeIn(this.times.refresh);
    const fetching = this.port
      .run(() => this.load())
      .then((set) => this.take(membersOfSet(set)))
      .catch((error: unknown) => {
        this.failed(messageOf(error));
      })
      .then(() => {
        if (this.fetching === fetching) {
          this.fetching = undefined;
        }
      });
    this.fetching = fetching;
    return fetching;
  }

  private take(members: readonly unknown[]): void {
    const { port, needs, times } = this;
    const keys = new Map<string, readonly VerifyKey[]>();
    let problem: string | undefined;
    for (const jwk of members.slice(0, mostKeys)) {
      const text = JSON.stringify(jwk);
      try {
        keys.set(text, this.keys?.get(text) ?? verifyKeysOf(needs.jws, jwk, needs.algorithms, true));
      } catch (error) {
        problem ??= messageOf(error);
      }
    }
    const had = this.keys;
    this.keys = keys;
    this.usable = [...keys.values()].flat();
    this.keptUntil = port.now() + times.stale;
    if (had !== undefined && [...had.keys()].some((text) => !keys.has(text))) {
      needs.keysChanged();
    }
    if (problem !== undefined || this.usable.length === 0) {
      const names = needs.algorithms.map(({ name }) => name).join(", ");
      port.logger.warn(
        `JWT_KEYS_FETCH: ${this.what}: ${problem === undefined ? `no key verifies signatures with ${names}` : `a key is left out: ${problem}`}.`,
      );
    }
  }

  private failed(why: string): void {
    const left = Math.max(0, this.keptUntil - this.port.now());
    this.wakeIn(Math.min(this.times.refresh, left === 0 ? firstRetryPause : retryPause));
    this.port.logger.warn(
      `JWT_KEYS_FETCH: ${this.what}: ${why} ${left === 0 ? "There are no keys" : `Those from before count for ${Math.ceil(left / 1_000)} s more`}.`,
    );
  }

  /** Workers of a gateway do not all come at once. */
  private wakeIn(milliseconds: number): void {
    this.cancelTimer();
    this.cancelTimer = this.port.schedule(milliseconds * (0.9 + 0.1 * Math.random()), () => {
      if (this.current === undefined) {
        void this.fetch();
      } else {
        this.wakeIn(this.times.refresh);
      }
    });
  }
}
