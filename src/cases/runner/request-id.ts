/** Each exchange has an id of its own, so that it can be told from others in what policies log. */
let count = 0;

export function nextRequestId(): string {
  return `case-${++count}`;
}
