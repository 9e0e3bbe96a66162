/** Records of clients, as they are given and as they are kept. */
import { SluiceError } from "../../errors.js";
import type { KitPromise } from "../../policy/kit-promise.js";
import type { ApiClient, ApiKeyRecord, ApiKeyResult } from "./api-key.js";
import { KnownDigest } from "./digests.js";

/** A record that is in order. */
export interface CheckedRecord {
  readonly client: ApiClient;
  readonly digests: readonly KnownDigest[];
  /** What requests are given that have shown its secret, once one has. */
  result?: KitPromise<ApiKeyResult>;
}

const mostDigests = 8;
const printable = /^[\x20-\x7e]{1,256}$/;
const digestPattern = /^[0-9a-f]{64}$/i;

/** @throws SluiceError `API_KEY_OPTIONS`, which quotes nothing: a secret may stand where its hash should */
export function checkedRecord(record: unknown, where: string): CheckedRecord {
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    throw refused(where, "a record with clientId and secretSha256");
  }
  const { clientId, clientName, slaTier, secretSha256 } = record as { [Name in keyof ApiKeyRecord]?: unknown };
  if (typeof clientId !== "string" || !printable.test(clientId)) {
    throw refused(`${where}.clientId`, "1 to 256 characters of printable ASCII");
  }
  const digests: unknown[] = Array.isArray(secretSha256) ? secretSha256 : [secretSha256];
  if (digests.length < 1 || digests.length > mostDigests || !digests.every(isDigest)) {
    throw refused(`${where}.secretSha256`, `a SHA-256 in 64 hexadecimal digits, or a list of 1 to ${mostDigests}`);
  }
  return {
    client: Object.freeze({
      clientId,
      clientName: checkedText(clientName, `${where}.clientName`),
      slaTier: checkedText(slaTier, `${where}.slaTier`),
    }),
    digests: digests.map((digest) => new KnownDigest(digest.toLowerCase())),
  };
}

function isDigest(value: unknown): value is string {
  return typeof value === "string" && digestPattern.test(value);
}

function checkedText(value: unknown, where: string): string | undefined {
  if (value !== undefined && value !== null && (typeof value !== "string" || value === "")) {
    throw refused(where, "a text that is not empty");
  }
  return value ?? undefined;
}

/** @internal */
export function refused(where: string, expected: string): SluiceError {
  return new SluiceError("API_KEY_OPTIONS", `${where}: expected ${expected}.`);
}
