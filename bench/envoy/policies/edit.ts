/** Edits both heads, and hands the path on to the response filter. */
import { definePolicy, Flow } from "sluice";

export default definePolicy({
  async onRequest(request) {
    const { headers, path } = await request.intoHeadersState();
    headers.set("x-a", "1");
    headers.delete("x-internal");
    return Flow.Continue(path);
  },

  async onResponse(response, { requestData }) {
    const { headers } = await response.intoHeadersState();
    headers.set("x-path", requestData.kind === "continue" ? requestData.value : "?");
    headers.delete("server");
  },
});
