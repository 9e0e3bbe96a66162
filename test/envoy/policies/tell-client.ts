import { definePolicy } from "sluice";

/** Tells the upstream what a policy knows of the client. */
export default definePolicy({
  onRequest(request, { properties }) {
    const { headers } = request;
    headers.set("told-address", properties.clientAddress ?? "");
    headers.set("told-id", properties.requestId ?? "");
    headers.set("told-scheme", headers.get(":scheme") ?? "");
  },
});
