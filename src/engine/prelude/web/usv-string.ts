/** Web IDL's USVString: a value as text, in which lone surrogates become U+FFFD. */
export function usvString(value: unknown): string {
  return (String(value) as string & { toWellFormed(): string }).toWellFormed();
}
