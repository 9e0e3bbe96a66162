/** What a proof has to have in it that nobody knows beforehand: RFC 9449 section 9. */
import { millisecondsOf } from "../../policy/duration.js";
import type { Response } from "../../policy/response.js";
import type { Duration, InstancePort } from "../../policy/service.js";
import { sha256 } from "../../policy/sha256.js";
import type { BearerAnswers } from "../bearer/index.js";
import { base64urlOf } from "./base64url.js";
import { JwtError } from "./jwt-error.js";
import { refused, time } from "./options.js";

/** How nonces are made. */
export interface NonceOptions {
  /** What nobody else knows, 32 characters or more: the same for all gateways that a client may reach. */
  readonly secret: string;
  /** How long a nonce is given to clients; it counts for as long again. From a second to an hour, default 5 minutes. */
  readonly period?: Duration | undefined;
}

const fewestCharacters = 32;
const blockBytes = 64;

/** A proof without the nonce: the answer tells it. */
class NonceError extends JwtError {
  declare private readonly nonce: string;

  constructor(answers: BearerAnswers, nonce: string) {
    super("JWT_NONCE", answers, "The proof lacks the nonce of this answer.");
    this.nonce = nonce;
  }

  tells(nonce: string, answers: BearerAnswers): boolean {
    return this.nonce === nonce && this.answers === answers;
  }

  protected override newAnswer(): Response {
    return this.answers.refuse("use_dpop_nonce", this.message).withHeaders([["dpop-nonce", this.nonce]]);
  }
}

/** Nonces that nobody has to remember: each stands for a time, by HMAC-SHA256 (RFC 2104) of its number. */
export class Nonces {
  private readonly port: InstancePort;
  private readonly secret: Uint8Array;
  private readonly period: number;
  /** Those of the last windows that somebody asked for. */
  private readonly known = new Map<number, string>();
  private lastError: NonceError | undefined;

  /** @throws SluiceError `JWT_OPTIONS` */
  constructor(port: InstancePort, { secret, period = 300_000 }: NonceOptions) {
    if (typeof secret !== "string" || secret.length < fewestCharacters) {
      throw refused(
        "dpop: nonce.secret",
        `a text of ${fewestCharacters} characters or more`,
        typeof secret === "string" ? "a shorter one" : typeof secret,
      );
    }
    const bytes = new TextEncoder().encode(secret);
    this.port = port;
    this.secret = bytes.length > blockBytes ? digestOf(port, bytes) : bytes;
    this.period = time("dpop: nonce.period", millisecondsOf(period), 1_000, 3_600_000);
  }

  /** Those of this window and of the one before; and of the next one, which gateways give whose clocks are ahead. */
  isGood(nonce: unknown): boolean {
    const { window } = this;
    return [window, window - 1, window + 1].some((each) => nonce === this.of(each));
  }

  /** For who has none that counts. */
  error(answers: BearerAnswers): JwtError {
    const nonce = this.of(this.window);
    if (this.lastError?.tells(nonce, answers) !== true) {
      this.lastError = new NonceError(answers, nonce);
    }
    return this.lastError;
  }

  private get window(): number {
    return Math.floor(this.port.now() / this.period);
  }

  private of(window: number): string {
    let nonce = this.known.get(window);
    if (nonce === undefined) {
      const inner = this.keyed(0x36, new TextEncoder().encode(`dpop ${window}`));
      nonce = base64urlOf(this.keyed(0x5c, inner));
      if (this.known.size > 8) {
        this.known.clear();
      }
      this.known.set(window, nonce);
    }
    return nonce;
  }

  private keyed(pad: number, message: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(blockBytes + message.length);
    bytes.set(this.secret);
    bytes.set(message, blockBytes);
    for (let index = 0; index < blockBytes; index++) {
      bytes[index]! ^= pad;
    }
    return digestOf(this.port, bytes);
  }
}

/** SHA-256. */
export function digestOf(port: InstancePort, bytes: Uint8Array): Uint8Array {
  const digest = new DataView(new ArrayBuffer(32));
  sha256(port, bytes).forEach((word, index) => {
    digest.setInt32(4 * index, word);
  });
  return new Uint8Array(digest.buffer);
}
