/** `application/x-www-form-urlencoded`, to be sent. */

/** `encodeURIComponent` leaves these, and what both leave; a space is a `+`. */
const left = /%20|[!'()~]/g;

/** A name or a value, as the URL standard writes it (section 5.2). Half of a character becomes U+FFFD. */
export function formEncoded(text: string): string {
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, "\ufffd")).replace(left, (found) =>
    found === "%20" ? "+" : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A body of fields. */
export function formBody(fields: readonly (readonly [name: string, value: string])[]): string {
  return fields.map(([name, value]) => `${formEncoded(name)}=${formEncoded(value)}`).join("&");
}
