/** Keeps all that it has ever made. */
import { definePolicy } from "sluice";

const kept: unknown[] = [];

export default definePolicy({
  onRequest() {
    kept.push(Array.from({ length: 2_000 }, (_, index) => ({ index })));
  },
});
