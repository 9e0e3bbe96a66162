/**
 * A text without the chars around it that `isSpace` tells. A regular expression for the end would begin anew at each of many such
 * chars in the middle.
 */
export function trimmed(text: string, isSpace: (char: string) => boolean): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start]!)) {
    start++;
  }
  while (end > start && isSpace(text[end - 1]!)) {
    end--;
  }
  return text.slice(start, end);
}
