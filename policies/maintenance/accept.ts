/** Chooses among representations by `accept` (RFC 9110 section 12.5.1). */

interface Range {
  // Such as `text/html`, or with stars, in lower case.
  readonly type: string;
  readonly quality: number;
}

/** The one of the highest quality, the first among equals; the first where `accept` is missing or wants none of them. */
export function mostWelcome<Item extends { contentType: string }>(
  accept: string | null,
  items: readonly Item[],
): Item | undefined {
  const ranges = accept === null ? [] : accept.split(",").flatMap(rangeOf);
  let best = items[0];
  let quality = 0;
  for (const item of items) {
    const own = qualityOf(item.contentType, ranges);
    if (own > quality) {
      best = item;
      quality = own;
    }
  }
  return best;
}

function rangeOf(text: string): Range[] {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, "") ?? "1";
  return type === ""
    ? []
    : [{ type, quality: /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight) ? Number(weight) : 0 }];
}

/** That of the most specific range. */
function qualityOf(contentType: string, ranges: readonly Range[]): number {
  const type = contentType.split(";")[0]!.trim().toLowerCase();
  const wanted = [type, `${type.split("/")[0]!}/*`, "*/*"];
  for (const each of wanted) {
    const range = ranges.find((candidate) => candidate.type === each);
    if (range !== undefined) {
      return range.quality;
    }
  }
  return 0;
}
