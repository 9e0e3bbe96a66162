/** What the setters of `URL` do: section 6.1 of the URL standard. A value that is none for that part changes nothing. */
import { percentEncoded, userinfo } from "../percent-encoding.js";
import {
  addSegments,
  encodedFragment,
  encodedQuery,
  endOfAuthority,
  setFileHost,
  setHost,
  setPort,
  splitPort,
  withoutTabsAndNewlines,
} from "./parse-url.js";
import {
  cannotHaveCredentialsOrPort,
  hasCredentials,
  isSpecial,
  type UrlRecord,
  withoutDefault,
} from "./url-record.js";

export function changeProtocol(url: UrlRecord, value: string): void {
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*(?=:)/.exec(`${withoutTabsAndNewlines(value)}:`)?.[0].toLowerCase();
  if (
    scheme === undefined ||
    isSpecial(scheme) !== isSpecial(url.scheme) ||
    (scheme === "file" && (hasCredentials(url) || url.port !== null)) ||
    (url.scheme === "file" && url.host === "")
  ) {
    return;
  }
  url.scheme = scheme;
  url.port = url.port === null ? null : withoutDefault(url.port, scheme);
}

export function changeUsername(url: UrlRecord, value: string): void {
  if (!cannotHaveCredentialsOrPort(url)) {
    url.username = percentEncoded(value, userinfo);
  }
}

export function changePassword(url: UrlRecord, value: string): void {
  if (!cannotHaveCredentialsOrPort(url)) {
    url.password = percentEncoded(value, userinfo);
  }
}

export function changeHost(url: UrlRecord, value: string): void {
  changeHostAndPort(url, value, true);
}

export function changeHostname(url: UrlRecord, value: string): void {
  changeHostAndPort(url, value, false);
}

function changeHostAndPort(url: UrlRecord, value: string, withPort: boolean): void {
  if (typeof url.path === "string") {
    return;
  }
  const input = withoutTabsAndNewlines(value);
  const authority = input.slice(0, endOfAuthority(url, input));
  if (url.scheme === "file") {
    setFileHost(url, authority);
    return;
  }
  const { host, port } = splitPort(authority);
  if (host === "" && (port !== undefined || isSpecial(url.scheme) || hasCredentials(url) || url.port !== null)) {
    return;
  }
  if ((port === undefined || withPort) && setHost(url, host) && port !== undefined) {
    changePortTo(url, port);
  }
}

export function changePort(url: UrlRecord, value: string): void {
  if (cannotHaveCredentialsOrPort(url)) {
    return;
  }
  if (value === "") {
    url.port = null;
  } else {
    changePortTo(url, withoutTabsAndNewlines(value));
  }
}

/** To the digits that it begins with. */
function changePortTo(url: UrlRecord, input: string): void {
  const digits = /^[0-9]+/.exec(input)?.[0];
  if (digits !== undefined) {
    setPort(url, digits);
  }
}

export function changePathname(url: UrlRecord, value: string): void {
  if (typeof url.path === "string") {
    return;
  }
  const input = withoutTabsAndNewlines(value);
  const special = isSpecial(url.scheme);
  if (input === "" && !special) {
    url.path = url.host === null ? [""] : [];
    return;
  }
  url.path = addSegments(url, input.replace(special ? /^[/\\]/ : /^\//, ""), []);
}

export function changeSearch(url: UrlRecord, value: string): void {
  const input = value.startsWith("?") ? value.slice(1) : value;
  url.query = value === "" ? null : encodedQuery(url, withoutTabsAndNewlines(input));
}

export function changeHash(url: UrlRecord, value: string): void {
  const input = value.startsWith("#") ? value.slice(1) : value;
  url.fragment = value === "" ? null : encodedFragment(withoutTabsAndNewlines(input));
}
