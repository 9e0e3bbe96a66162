/** Hosts of URLs: section 3.5 of the URL standard. */
import { c0Control, percentDecoded, percentEncoded } from "../percent-encoding.js";
import { domainToAscii } from "./domain-to-ascii.js";
import { endsInNumber, parseIpv4 } from "./ipv4.js";
import { parseIpv6 } from "./ipv6.js";

const forbiddenInHost = /[\0\t\n\r #/:<>?@[\\\]^|]/;
const forbiddenInDomain = /[\0- #%/:<>?@[\\\]^|\x7f]/;

/** The host as a URL shows it; undefined: it is none. */
export function parseHost(input: string, special: boolean): string | undefined {
  if (input.startsWith("[")) {
    return input.endsWith("]") ? parseIpv6(input.slice(1, -1)) : undefined;
  }
  if (!special) {
    return forbiddenInHost.test(input) ? undefined : percentEncoded(input, c0Control);
  }
  const domain = domainToAscii(percentDecoded(input));
  if (domain === undefined || domain === "" || forbiddenInDomain.test(domain)) {
    return undefined;
  }
  return endsInNumber(domain) ? parseIpv4(domain) : domain;
}
