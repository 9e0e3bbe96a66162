/** Compares what requests say with the keys that there are. */
import { SluiceError } from "../../errors.js";
import { KitPromise } from "../../policy/kit-promise.js";
import { hideFields } from "../../policy/opaque.js";
import type { Response } from "../../policy/response.js";
import type { InstancePort } from "../../policy/service.js";
import { sha256 } from "../../policy/sha256.js";
import { messageOf } from "../../thrown.js";
import type { TokenCarrier } from "../bearer/index.js";
import type { ApiClient, ApiKeyResult, ApiKeys } from "./api-key.js";
import type { ApiCredentials } from "./credentials.js";
import { KnownDigest } from "./digests.js";
import type { CheckedRecord } from "./records.js";
import type { ApiKeySource } from "./source.js";

/** What is longer is nobody's. */
const longestId = 256;
const longestSecret = 1_024;
/** That of no text that anybody knows: an id that there is not takes as long as a secret that is wrong. */
const nobodys = "0".repeat(64);

type Reason = Extract<ApiKeyResult, { authenticated: false }>["reason"];

export class ApiKeyChecker implements ApiKeys {
  private readonly port: InstancePort;
  private readonly keys: ApiKeySource;
  private readonly credentials: ApiCredentials;
  private readonly refusals: Readonly<Record<Reason, KitPromise<ApiKeyResult>>>;
  private readonly encoder = new TextEncoder();
  private readonly nobodys = [new KnownDigest(nobodys)];

  constructor(
    port: InstancePort,
    keys: ApiKeySource,
    credentials: ApiCredentials,
    unauthorized: Response,
    unavailable: Response,
  ) {
    this.port = port;
    this.keys = keys;
    this.credentials = credentials;
    this.refusals = {
      missing: refusal("missing", unauthorized),
      unknown: refusal("unknown", unauthorized),
      unavailable: refusal("unavailable", unavailable),
    };
  }

  authenticate(request: TokenCarrier): Promise<ApiKeyResult> {
    const credentials = this.credentials.read(request);
    if (credentials === undefined) {
      return this.refusals.missing;
    }
    const { id, secret } = credentials;
    if (secret.length > longestSecret || (id !== undefined && id.length > longestId)) {
      return this.refusals.unknown;
    }
    const digest = sha256(this.port, this.encoder.encode(secret));
    try {
      const found = this.keys.find(id, digest);
      return isPromise(found) ? this.whenFound(found, digest) : this.decide(found, digest);
    } catch (error) {
      return this.failed(error);
    }
  }

  removeCredentials(request: Parameters<ApiCredentials["remove"]>[0]): void {
    this.credentials.remove(request);
  }

  private async whenFound(found: PromiseLike<CheckedRecord | undefined>, digest: Int32Array): Promise<ApiKeyResult> {
    try {
      return await this.decide(await found, digest);
    } catch (error) {
      return this.failed(error);
    }
  }

  private decide(record: CheckedRecord | undefined, digest: Int32Array): KitPromise<ApiKeyResult> {
    let same = false;
    for (const each of record?.digests ?? this.nobodys) {
      // Each of them, whichever it is.
      same = each.is(digest) || same;
    }
    if (record === undefined || !same) {
      return this.refusals.unknown;
    }
    record.result ??= KitPromise.resolved(resultOf(record.client));
    return record.result;
  }

  private failed(error: unknown): KitPromise<ApiKeyResult> {
    // Whoever fetches keys has told why there are none.
    if (!(error instanceof SluiceError && error.code === "API_KEYS_UNAVAILABLE")) {
      this.port.logger.warn(`API_KEYS_UNAVAILABLE: a key could not be looked up: ${messageOf(error)}`);
    }
    return this.refusals.unavailable;
  }
}

function resultOf(client: ApiClient): ApiKeyResult {
  const { clientId, clientName, slaTier } = client;
  return Object.freeze({
    authenticated: true,
    client,
    authentication: Object.freeze({ clientId, clientName, properties: Object.freeze({ slaTier }) }),
  });
}

function refusal(reason: Reason, answer: Response): KitPromise<ApiKeyResult> {
  return KitPromise.resolved<ApiKeyResult>(Object.freeze({ authenticated: false, reason, response: () => answer }));
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | undefined)?.then === "function";
}

hideFields(ApiKeyChecker);
