/** Is configured by a later event. */
import { definePolicy } from "sluice";

export default definePolicy({
  async configure({ clock }) {
    await clock.sleep(1);
    return { name: "x-configured" };
  },

  onRequest(request, { resources }) {
    request.headers.set(resources.name, "1");
  },
});
