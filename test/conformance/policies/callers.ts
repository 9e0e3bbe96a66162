import { definePolicy } from "sluice";
import { setAuthentication } from "sluice/authentication";

/** Takes the client's word for who calls: the application in the header `x-app`, the user in `x-user`. */
export default definePolicy({
  onRequest({ headers }, context) {
    const clientId = headers.get("x-app") ?? undefined;
    const principal = headers.get("x-user") ?? undefined;
    if (clientId !== undefined || principal !== undefined) {
      setAuthentication(context, { clientId, principal, properties: {} });
    }
  },
});
