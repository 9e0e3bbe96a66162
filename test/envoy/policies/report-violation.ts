import { definePolicy } from "sluice";

/** Reports requests that have a client's name; later uses of it tell the upstream what was reported before. */
export default definePolicy({
  async onRequest(request, { violations }) {
    const { headers } = await request.intoHeadersState();
    headers.set("x-reported", JSON.stringify(violations.reported ?? null));
    const clientName = headers.get("x-client-name");
    if (clientName !== null) {
      violations.report({ clientName, clientId: "7" });
    }
  },
});
