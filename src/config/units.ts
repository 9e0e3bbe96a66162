const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

/** Longest duration a timer of Node takes. */
const longestDuration = 2_147_483_647;

export const durationExpected =
  'a duration: milliseconds as a number, or a string such as "250ms", "5s", "1m" (at most 24 days)';
export const sizeExpected = 'a size: bytes as a number, or a string such as "64KiB", "1MiB"';

/** As JSON Schema: what {@link parseDuration} takes, but for texts of more than 24 days or less than half a millisecond. */
export const durationForm = {
  anyOf: [
    { type: "integer", minimum: 1, maximum: longestDuration },
    { type: "string", pattern: quantityPattern(durationUnits, "(?=.*[1-9])") },
  ],
};
/** The same for {@link parseSize}. */
export const sizeForm = {
  anyOf: [
    { type: "integer", minimum: 0 },
    { type: "string", pattern: quantityPattern(sizeUnits, "") },
  ],
};
export const sizeAboveZeroForm = {
  anyOf: [
    { type: "integer", minimum: 1 },
    { type: "string", pattern: quantityPattern(sizeUnits, "(?=.*[1-9])") },
  ],
};

function quantityPattern(units: Readonly<Record<string, number>>, condition: string): string {
  return String.raw`^${condition}\d+(\.\d+)? ?(${Object.keys(units).join("|")})$`;
}

/** Milliseconds, or undefined when it is no duration above 0. */
export function parseDuration(value: unknown): number | undefined {
  const milliseconds = parseQuantity(value, durationUnits);
  return milliseconds !== undefined && milliseconds > 0 && milliseconds <= longestDuration ? milliseconds : undefined;
}

/** Bytes, or undefined when it is no size. */
export function parseSize(value: unknown): number | undefined {
  return parseQuantity(value, sizeUnits);
}

/** A whole number of the smallest unit; without unit it is that already. */
function parseQuantity(value: unknown, units: Readonly<Record<string, number>>): number | undefined {
  let quantity: number;
  if (typeof value === "number") {
    quantity = value;
  } else if (typeof value === "string") {
    const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(value);
    const factor = Object.hasOwn(units, match?.[2] ?? "") ? units[match?.[2] ?? ""] : undefined;
    if (match === null || factor === undefined) {
      return undefined;
    }
    quantity = Math.round(Number(match[1]) * factor);
  } else {
    return undefined;
  }
  return Number.isSafeInteger(quantity) && quantity >= 0 ? quantity : undefined;
}
