import { definePolicy } from "sluice";

/** Takes the client's word for who it is. */
export default definePolicy({
  async onRequest(request, { authentication }) {
    const { headers } = await request.intoHeadersState();
    const user = headers.get("x-user");
    if (user !== null) {
      authentication.set({ principal: user, clientId: "app", properties: { scopes: ["read"] } });
    }
    if (headers.has("x-forget")) {
      authentication.clear();
    }
  },
});
