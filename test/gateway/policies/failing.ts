import { definePolicy } from "sluice";

/** Fails where the path says so. */
export default definePolicy({
  onRequest(request) {
    if (request.path === "/throw") {
      throw new Error("thrown on purpose");
    }
  },
});
