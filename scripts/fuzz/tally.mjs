/** How often what happened, and what must not. */

export class Tally {
  messages = 0;
  scenarios = 0;
  probes = 0;
  /** @type {Map<string, number>} */
  counts = new Map();
  /** The first ones, each once. @type {Set<string>} */
  violations = new Set();

  /** @param {string} what */
  count(what) {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** @param {string} violation */
  violation(violation) {
    this.count("violations");
    if (this.violations.size < 20) {
      this.violations.add(violation);
    }
  }

  /** All counts, in the order of their names. */
  get text() {
    return [...this.counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, count]) => `${what} ${count}`)
      .join(", ");
  }
}
