/** Numbers that come out the same for the same seed, so that what one run did another one does again. */
export class Random {
  #state;

  /** @param {number} seed @param {string} [purpose] one seed gives each purpose numbers of its own */
  constructor(seed, purpose = "") {
    this.#state = hash(`${seed} ${purpose}`);
  }

  /** A whole number from 0 to `below` - 1. (mulberry32) @param {number} below */
  int(below) {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  /** @param {number} low @param {number} high inclusive */
  between(low, high) {
    return low + this.int(high - low + 1);
  }

  /** @param {number} percent */
  chance(percent) {
    return this.int(100) < percent;
  }

  /** @template T @param {readonly T[]} list @returns {T} */
  pick(list) {
    return /** @type {T} */ (list[this.int(list.length)]);
  }

  /** One of the values, as often as its weight says. @template T @param {readonly (readonly [weight: number, value: T])[]} list @returns {T} */
  weighted(list) {
    let left = this.int(list.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of list) {
      left -= weight;
      if (left < 0) {
        return value;
      }
    }
    throw new Error("a list of weights is empty");
  }
}

/** FNV-1a, 32 bits. @param {string} text */
export function hash(text) {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
