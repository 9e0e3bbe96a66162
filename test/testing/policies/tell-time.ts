import { definePolicy } from "sluice";

const loadedAt = performance.now();

/** Says what the globals for time say. */
export default definePolicy({
  onResponse(response, { clock }) {
    const { headers } = response;
    headers.set("x-date", new Date().toISOString());
    headers.set("x-same", String(Date.now() === clock.now() && new Date(0) instanceof Date));
    headers.set("x-since-load", String(Math.round(performance.now() - loadedAt)));
  },
});
