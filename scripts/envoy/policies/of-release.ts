/** Tells which release of it has seen an exchange; each release is another module. */
import { definePolicy } from "sluice";

const release = "0";

export default definePolicy({
  onRequest(request) {
    request.headers.set("x-passed", release);
  },
  onResponse(response) {
    response.headers.set("x-release", release);
  },
});
