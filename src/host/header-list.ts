/** Flat header lists: name, value, name, value … (see abi/port.ts). Names are compared as they are: in lower case. */
import type { HeaderList } from "../abi/port.js";

const namePattern = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
// Control characters but the tab would end a header line early or be refused by the peer.
const valuePattern = /^[\t\x20-\x7e\x80-\xff]*$/;

const methodPattern = /^(?!CONNECT$)[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Whether a request may have this method. With CONNECT it would be one for a tunnel, whose end nobody sees (RFC 9110, section 9.3.6). */
export function isValidMethod(method: string): boolean {
  return methodPattern.test(method);
}

/** Whether a header can stand in a message: a lower-case token (or pseudo-header) and no control characters. */
export function isValidHeader(name: string, value: string): boolean {
  return namePattern.test(name) && valuePattern.test(value);
}

/** A copy with lower-case names and the pseudo-headers first; undefined when a header is not valid. */
export function normalizeHeaders(headers: HeaderList): HeaderList | undefined {
  if (headers.length % 2 !== 0) {
    return undefined;
  }
  const pseudo: HeaderList = [];
  const fields: HeaderList = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = (headers[index] as string).toLowerCase();
    const value = headers[index + 1] as string;
    if (!isValidHeader(name, value)) {
      return undefined;
    }
    (name.startsWith(":") ? pseudo : fields).push(name, value);
  }
  return pseudo.concat(fields);
}
