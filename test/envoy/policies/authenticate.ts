import { definePolicy } from "sluice";
import { clearAuthentication, setAuthentication } from "sluice/authentication";

/** Takes the client's word for who it is. */
export default definePolicy({
  onRequest(request, context) {
    const user = request.headers.get("x-user");
    if (user !== null) {
      setAuthentication(context, { principal: user, clientId: "app", properties: { scopes: ["read"] } });
    }
    if (request.headers.has("x-forget")) {
      clearAuthentication(context);
    }
  },
});
