import { definePolicy } from "sluice";

/** Tells of random values whether they are others than those of the exchange before. */
export default definePolicy({
  configure: () => ({ before: [] as unknown[] }),

  onResponse(response, { resources }) {
    const values = [crypto.randomUUID(), Math.random(), crypto.getRandomValues(new Uint8Array(16)).join()];
    response.headers.set(
      "x-random",
      values.map((value, index) => (value === resources.before[index] ? "same" : "new")).join(" "),
    );
    resources.before = values;
  },
});
