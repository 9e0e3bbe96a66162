import { definePolicy } from "sluice";

/** Fails where the path says so. */
export default definePolicy({
  async onRequest(request) {
    const { path } = await request.intoHeadersState();
    if (path === "/throw") {
      throw new Error("thrown on purpose");
    }
  },
});
