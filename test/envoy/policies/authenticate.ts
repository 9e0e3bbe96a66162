import { definePolicy } from "sluice";
import { clearAuthentication, setAuthentication } from "sluice/authentication";

/** Takes the client's word for who it is. */
export default definePolicy({
  async onRequest(request, context) {
    const { headers } = await request.intoHeadersState();
    const user = headers.get("x-user");
    if (user !== null) {
      setAuthentication(context, { principal: user, clientId: "app", properties: { scopes: ["read"] } });
    }
    if (headers.has("x-forget")) {
      clearAuthentication(context);
    }
  },
});
