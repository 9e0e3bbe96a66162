import { definePolicy } from "sluice";
import { basicClient, introspection, privateKeyJwtClient } from "sluice/introspection";
import { requireScopes } from "sluice/oauth-scopes";

definePolicy({
  configure(context) {
    // expect-error: Property 'client' is missing in type
    introspection(context, { upstream: "login" });

    // expect-error: is not assignable to type 'ClientAuthentication'
    introspection(context, { upstream: "login", client: "secret" });

    // expect-error: Expected 2 arguments, but got 1
    basicClient("id");

    // expect-error: Property 'algorithm' is missing in type
    void privateKeyJwtClient({ id: "a", key: "b", audience: "c" });

    // expect-error: Property 'credentials' is missing in type 'Promise<ClientAuthentication>'
    introspection(context, { upstream: "login", client: privateKeyJwtClient(undefined as never) });

    // expect-error: Type '"some"' is not assignable to type
    introspection(context, { upstream: "login", client: basicClient("a", "b"), scopeMatch: "some" });

    // expect-error: 'ttl' does not exist in type 'IntrospectionOptions'
    introspection(context, { upstream: "login", client: basicClient("a", "b"), ttl: "1m" });

    // expect-error: Argument of type 'ConfigureContext
    requireScopes(context, "a");

    return introspection(context, { upstream: "login", client: basicClient("a", "b") });
  },

  async onRequest(request, context) {
    const token = await context.resources.verifyRequest(request);

    // expect-error: Property 'claims' does not exist on type
    token.claims;

    // expect-error: Property 'response' does not exist on type
    token.response();

    // expect-error: Argument of type 'number' is not assignable to parameter of type
    requireScopes(context, 7);

    // expect-error: Type '"both"' is not assignable to type
    requireScopes(context, "a", { match: "both" });

    // expect-error: 'scope' does not exist in type
    requireScopes(context, "a", { challenge: { scope: "b" } });
  },
});
