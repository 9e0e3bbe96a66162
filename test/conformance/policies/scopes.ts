import { definePolicy, Response, SluiceError } from "sluice";
import { setAuthentication } from "sluice/authentication";
import { requireScopes } from "sluice/oauth-scopes";
import * as v from "valibot";

/** Asks for scopes as its configuration says. The request's `x-properties` is what a policy before has told of the caller, as JSON. */
export default definePolicy({
  config: v.looseObject({ scopes: v.any() }),

  onRequest(request, context) {
    const { scopes, ...options } = context.config;
    const properties = request.headers.get("x-properties");
    if (properties !== null) {
      setAuthentication(context, { properties: JSON.parse(properties) as Record<string, unknown> });
    }
    try {
      return requireScopes(context, scopes as string, options);
    } catch (error) {
      return new Response(error instanceof SluiceError ? error.code : String(error), { status: 409 });
    }
  },
});
