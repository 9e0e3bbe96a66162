/** Reads headers, and writes down what it has seen of one that it changes. */
import { definePolicy } from "sluice";

export default definePolicy({
  onRequest({ headers, path }) {
    const seen = [headers.get("x-a"), headers.get("X-B"), String(headers.has("x-c")), headers.get("x-a"), path];
    console.log(seen.map(String).join(" "));
    if (headers.has("x-edit")) {
      headers.set("x-a", `${headers.get("x-a")}!`);
      console.log(String(headers.get("x-a")));
    }
  },
});
