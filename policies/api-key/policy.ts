/** Lets requests pass that have a client's API key, and says whose. */
import { definePolicy } from "sluice";
import {
  type ApiCredentials,
  type ApiKeyRecord,
  type ApiKeySource,
  apiKeys,
  basicCredentials,
  idAndSecretIn,
  keyIn,
  listedKeys,
  polledKeys,
  storedKeys,
} from "sluice/api-key";
import { setAuthentication } from "sluice/authentication";
import { parsed } from "sluice/config";
import { storage } from "sluice/storage";
import { reportViolation } from "sluice/violations";
import * as v from "valibot";
import { described } from "../shared/described.js";
import { durationOf, timeAboveZero } from "../shared/duration.js";
import { placeEntry, sourceIn } from "../shared/places.js";
import { headerValue } from "../shared/refusal.js";

const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/i, "expected a SHA-256 in 64 hexadecimal digits"));
const text = v.pipe(v.string(), v.minLength(1, "expected a text that is not empty"));
const record = v.strictObject({
  clientId: v.pipe(
    v.string(),
    v.regex(/^[\x20-\x7e]{1,256}$/, "expected 1 to 256 characters of printable ASCII"),
    v.description("The client's id, by which limits count."),
  ),
  clientName: v.optional(v.pipe(text, v.description("Its name, for people."))),
  slaTier: v.optional(v.pipe(text, v.description("What it has agreed to, such as `gold`: limits may differ by it."))),
  secretSha256: v.pipe(
    v.union([digest, v.pipe(v.array(digest), v.minLength(1), v.maxLength(8))], "expected a SHA-256, or a list of them"),
    v.description(
      'SHA-256 of its secret, or its key, in hexadecimal digits: `printf %s "$SECRET" | sha256sum`. A list while one takes the place of another.',
    ),
  ),
});

const settings = v.pipe(
  v.strictObject({
    keys: v.optional(v.pipe(v.array(record), v.description("The clients."))),
    keysJson: v.optional(
      v.pipe(
        v.string(),
        v.description("The same as a JSON text, such as `${API_KEYS}`: a variable of the environment."),
        parsed(listedKeys),
      ),
    ),
    poll: v.optional(
      v.pipe(
        v.strictObject({
          upstream: v.pipe(text, v.description("One of the gateway's `upstreams`.")),
          path: v.optional(
            v.pipe(
              v.string(),
              v.regex(/^\/[\x21\x22\x24-\x7e]*$/, "expected a path that begins with /"),
              v.description("Path and query of the list. Without it: `/`."),
            ),
          ),
          authorization: v.optional(
            v.pipe(headerValue, v.description("What the upstream is sent as `authorization`. Without it: nothing.")),
          ),
          interval: timeAboveZero("How often it is asked.", "30s"),
          timeout: timeAboveZero("How long an answer may take.", "10s"),
          staleFor: timeAboveZero("For how long keys count that the upstream has not confirmed.", "1h"),
        }),
        v.description("Keys of an upstream, which answers with a JSON list of the same records."),
      ),
    ),
    stored: v.optional(
      v.pipe(
        v.strictObject({
          shared: v.pipe(text, v.description("The name under which policies share the storage `api-keys`.")),
          entries: v.optional(
            v.pipe(
              v.number(),
              v.integer(),
              v.minValue(1),
              v.maxValue(1_048_576),
              v.description("For how many records there is room, where this policy makes it first."),
            ),
            1_024,
          ),
        }),
        v.description("Keys that other policies put into a storage."),
      ),
    ),
    key: v.optional(
      placeEntry("Where requests have one key, that is the id and the secret. Default: the header `x-api-key`."),
    ),
    id: v.optional(placeEntry("Where they have an id, with a secret beside it.")),
    secret: v.optional(placeEntry("Where they have that secret.")),
    basic: v.optional(
      v.pipe(v.boolean(), v.description("They have both in `authorization: Basic`, the id as the user's name.")),
      false,
    ),
    realm: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, 'expected printable ASCII without " and \\'),
        v.description("What is protected, for people, in the 401."),
      ),
      "api",
    ),
    forwardCredentials: v.optional(
      v.pipe(v.boolean(), v.description("Whether the upstream gets the credentials, too.")),
      false,
    ),
  }),
  v.check(
    ({ keys, keysJson, poll, stored }) =>
      [keys, keysJson, poll, stored].filter((source) => source !== undefined).length === 1,
    "expected one of keys, keysJson, poll and stored",
  ),
  v.check(({ id, secret }) => (id === undefined) === (secret === undefined), "expected id and secret together"),
  v.check(
    ({ key, id, basic }) => [key !== undefined, id !== undefined, basic].filter(Boolean).length <= 1,
    "expected one of key, id with secret, and basic",
  ),
);

type Settings = v.InferOutput<typeof settings>;

export default definePolicy({
  config: described(settings, "Lets requests pass that have a client's API key, and says whose.", {
    keys: [
      {
        clientId: "shop",
        slaTier: "gold",
        secretSha256: "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
      },
    ],
  }),

  configure(context) {
    const { config } = context;
    return apiKeys(context, { keys: sourceOf(context), credentials: credentialsOf(config), realm: config.realm });
  },

  async onRequest(request, context) {
    const { config, resources: keys, logger } = context;
    const result = await keys.authenticate(request);
    if (!result.authenticated) {
      const { reason } = result;
      logger.info("refused", { reason });
      reportViolation(context, { kind: reason === "unavailable" ? "error" : "violation" });
      return result.response();
    }
    setAuthentication(context, result.authentication);
    if (!config.forwardCredentials) {
      keys.removeCredentials(request);
    }
  },
});

function sourceOf(context: Parameters<typeof polledKeys>[0] & { readonly config: Settings }): ApiKeySource {
  const { keys = [], keysJson, poll, stored } = context.config;
  if (poll !== undefined) {
    const { authorization, interval, timeout, staleFor } = poll;
    return polledKeys(context, {
      upstream: poll.upstream,
      path: poll.path,
      headers: authorization === undefined ? [] : { authorization },
      interval: durationOf(interval),
      timeout: durationOf(timeout),
      staleFor: durationOf(staleFor),
    });
  }
  if (stored !== undefined) {
    const { shared, entries } = stored;
    return storedKeys(storage<ApiKeyRecord>(context, "api-keys", { shared, entries, valueBytes: 1_024 }));
  }
  return keysJson ?? listedKeys(keys);
}

function credentialsOf({ key = { header: "x-api-key" }, id, secret, basic }: Settings): ApiCredentials {
  if (basic) {
    return basicCredentials();
  }
  return id !== undefined && secret !== undefined
    ? idAndSecretIn(sourceIn(id), sourceIn(secret))
    : keyIn(sourceIn(key));
}
