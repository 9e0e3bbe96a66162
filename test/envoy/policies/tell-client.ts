import { definePolicy } from "sluice";

/** Tells the upstream what a policy knows of the client. */
export default definePolicy({
  async onRequest(request, { properties }) {
    const { headers } = await request.intoHeadersState();
    headers.set("told-address", properties.clientAddress ?? "");
    headers.set("told-id", properties.requestId ?? "");
    headers.set("told-scheme", headers.get(":scheme") ?? "");
  },
});
