import { definePolicy } from "sluice";

/** Hashes the path, which is done in another thread on Node. */
export default definePolicy({
  async onRequest(request) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(request.path)));
    request.headers.set(
      "x-hash",
      Array.from(hash.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(""),
    );
  },
});
