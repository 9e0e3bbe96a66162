import { definePolicy } from "sluice";
export default definePolicy({
  async onRequest(request) {
    const head = await request.intoHeadersState();
    if (head.headers.has("x-rewrite")) head.path = head.headers.get("x-rewrite")!;
    if (head.headers.has("x-host")) head.authority = head.headers.get("x-host")!;
    head.headers.set("x-seen", "1");
  },
});
