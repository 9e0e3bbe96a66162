import { definePolicy } from "sluice";
import { apiKeys, idAndSecretIn, listedKeys, polledKeys, storedKeys } from "sluice/api-key";
import { fromHeader } from "sluice/bearer";
import { storage } from "sluice/storage";

definePolicy({
  configure(context) {
    // expect-error: Argument of type 'string' is not assignable to parameter of type 'InstanceContext'
    apiKeys("keys", { keys: listedKeys([]) });

    // expect-error: Property 'keys' is missing in type
    apiKeys(context, {});

    // expect-error: is not assignable to type 'ApiKeySource'
    apiKeys(context, { keys: [] });

    // expect-error: Property 'secretSha256' is missing in type
    listedKeys([{ clientId: "a" }]);

    // expect-error: 'secret' does not exist in type 'ApiKeyRecord'
    listedKeys([{ clientId: "a", secretSha256: "00", secret: "b" }]);

    // expect-error: Type '"soon"' is not assignable to type
    polledKeys(context, { upstream: "keys", interval: "soon" });

    // expect-error: Expected 2 arguments, but got 1
    idAndSecretIn(fromHeader("id"));

    // expect-error: is not assignable to parameter of type 'Storage<ApiKeyRecord>'
    storedKeys(storage<string>(context, "keys"));

    return apiKeys(context, { keys: listedKeys([]) });
  },

  async onRequest(request, { resources: keys }) {
    const result = await keys.authenticate(request);

    // expect-error: Property 'client' does not exist on type
    result.client;

    // expect-error: Property 'response' does not exist on type
    return result.response();
  },
});
