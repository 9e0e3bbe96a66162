/** Clients by their keys. */
import { definePolicy } from "sluice";
import {
  type ApiClient,
  type ApiKeyRecord,
  apiKeys,
  basicCredentials,
  idAndSecretIn,
  keyIn,
  listedKeys,
  polledKeys,
  storedKeys,
} from "sluice/api-key";
import { setAuthentication } from "sluice/authentication";
import { fromHeader, fromQuery } from "sluice/bearer";
import { storage } from "sluice/storage";
import { exactType } from "./exact-type.js";

const records: readonly ApiKeyRecord[] = [
  { clientId: "a", secretSha256: "00" },
  { clientId: "b", clientName: "B", slaTier: "gold", secretSha256: ["00", "01"] },
];

export const policy = definePolicy({
  configure: (context) => ({
    listed: apiKeys(context, { keys: listedKeys(records) }),
    text: apiKeys(context, { keys: listedKeys("[]"), credentials: basicCredentials(), realm: "orders" }),
    polled: apiKeys(context, {
      keys: polledKeys(context, { upstream: "keys", path: "/", headers: { a: "b" }, interval: "15s", staleFor: 0 }),
      credentials: idAndSecretIn(fromHeader("id"), fromQuery("secret")),
    }),
    stored: apiKeys(context, {
      keys: storedKeys(storage<ApiKeyRecord>(context, "keys", { shared: "keys" })),
      credentials: keyIn(fromHeader("authorization", "ApiKey")),
    }),
  }),

  async onRequest(request, context) {
    const { listed } = context.resources;
    const result = await listed.authenticate(request);
    if (!result.authenticated) {
      exactType<"missing" | "unknown" | "unavailable">()(result.reason);
      return result.response();
    }
    exactType<ApiClient>()(result.client);
    exactType<string | undefined>()(result.client.slaTier);
    setAuthentication(context, result.authentication);
    listed.removeCredentials(request);
  },
});
