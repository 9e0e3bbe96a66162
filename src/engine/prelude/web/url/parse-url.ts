/**
 * The URL parser: section 4.4 of the URL standard, whose states are the functions here. Where the standard goes through its input char
 * by char, this looks for the end of each part, since in a module a built-in search takes a fraction of a loop's time.
 */
import { trimmed } from "../../../../abi/trimmed.js";
import {
  c0Control,
  fragment as fragmentSet,
  path as pathSet,
  percentEncoded,
  query as querySet,
  specialQuery,
  userinfo as userinfoSet,
} from "../percent-encoding.js";
import { parseHost } from "./parse-host.js";
import { isSpecial, shortenPath, type UrlRecord, withoutDefault } from "./url-record.js";

const tabsAndNewlines = /[\t\n\r]+/g;
const schemeAtStart = /^([A-Za-z][A-Za-z0-9+.-]*):/;
const windowsDriveLetter = /^[A-Za-z][:|]$/;
const startsWithWindowsDriveLetter = /^[A-Za-z][:|](?:[/\\?#]|$)/;

/** undefined: it is no URL, or a relative one and there is no base. */
export function parseUrl(given: string, base?: UrlRecord): UrlRecord | undefined {
  const input = withoutTabsAndNewlines(trimmed(given, (char) => char <= " "));
  const scheme = schemeAtStart.exec(input)?.[1]!.toLowerCase();
  if (scheme !== undefined) {
    return parseAfterScheme(newUrl(scheme), input.slice(scheme.length + 1), base);
  }
  if (base === undefined) {
    return undefined;
  }
  if (typeof base.path === "string") {
    return input.startsWith("#") ? parseFragment({ ...base }, input.slice(1)) : undefined;
  }
  return base.scheme === "file"
    ? parseFile(newUrl("file"), input, base)
    : parseRelative(newUrl(base.scheme), input, base);
}

export function withoutTabsAndNewlines(input: string): string {
  return input.replace(tabsAndNewlines, "");
}

function newUrl(scheme: string): UrlRecord {
  return { scheme, username: "", password: "", host: null, port: null, path: [], query: null, fragment: null };
}

function parseAfterScheme(url: UrlRecord, rest: string, base: UrlRecord | undefined): UrlRecord | undefined {
  if (url.scheme === "file") {
    return parseFile(url, rest, base);
  }
  if (isSpecial(url.scheme)) {
    return base?.scheme === url.scheme && !rest.startsWith("//")
      ? parseRelative(url, rest, base)
      : parseAuthority(url, rest.replace(/^[/\\]+/, ""));
  }
  if (rest.startsWith("//")) {
    return parseAuthority(url, rest.slice(2));
  }
  return rest.startsWith("/") ? parsePath(url, rest.slice(1)) : parseOpaquePath(url, rest);
}

function isSlash(url: UrlRecord, char: string | undefined): boolean {
  return char === "/" || (char === "\\" && isSpecial(url.scheme));
}

function parseRelative(url: UrlRecord, input: string, base: UrlRecord): UrlRecord | undefined {
  if (isSlash(url, input[0])) {
    if (isSlash(url, input[1])) {
      return parseAuthority(url, isSpecial(url.scheme) ? input.replace(/^[/\\]+/, "") : input.slice(2));
    }
    takeAuthority(url, base);
    return parsePath(url, input.slice(1));
  }
  takeAuthority(url, base);
  return parseAgainstPath(url, input, base);
}

function takeAuthority(url: UrlRecord, { username, password, host, port }: UrlRecord): void {
  Object.assign(url, { username, password, host, port });
}

/** Only a query, only a fragment, nothing, or a path from the base's folder on. */
function parseAgainstPath(url: UrlRecord, input: string, base: UrlRecord): UrlRecord {
  const path = base.path.slice() as string[];
  url.path = path;
  if (input.startsWith("?")) {
    return parseQuery(url, input.slice(1));
  }
  if (input === "" || input.startsWith("#")) {
    url.query = base.query;
    return input === "" ? url : parseFragment(url, input.slice(1));
  }
  if (url.scheme === "file" && startsWithWindowsDriveLetter.test(input)) {
    path.length = 0;
  } else {
    shortenPath(url.scheme, path);
  }
  return parsePath(url, input);
}

/** Credentials, host and port, without the slashes before them. */
function parseAuthority(url: UrlRecord, input: string): UrlRecord | undefined {
  const end = endOfAuthority(url, input);
  const at = input.lastIndexOf("@", end - 1);
  const hostStart = end === 0 ? 0 : at + 1;
  if (hostStart > 0) {
    if (hostStart === end) {
      return undefined;
    }
    const credentials = input.slice(0, at);
    const colon = credentials.indexOf(":");
    url.username = percentEncoded(colon === -1 ? credentials : credentials.slice(0, colon), userinfoSet);
    url.password = colon === -1 ? "" : percentEncoded(credentials.slice(colon + 1), userinfoSet);
  }
  const { host, port } = splitPort(input.slice(hostStart, end));
  if ((host === "" && (port !== undefined || isSpecial(url.scheme))) || !setHost(url, host)) {
    return undefined;
  }
  if (port !== undefined && port !== "" && (!/^[0-9]+$/.test(port) || !setPort(url, port))) {
    return undefined;
  }
  return parsePathStart(url, input.slice(end));
}

/** Where the host and the port in front of an input end. */
export function endOfAuthority(url: UrlRecord, input: string): number {
  const end = input.search(isSpecial(url.scheme) ? /[/\\?#]/ : /[/?#]/);
  return end === -1 ? input.length : end;
}

/** At the first colon that is not in brackets. */
export function splitPort(text: string): { host: string; port: string | undefined } {
  const [host = ""] = /^(?:[^:[]+|\[[^\]]*(?:\]|$))*/.exec(text) ?? [];
  return { host, port: host.length === text.length ? undefined : text.slice(host.length + 1) };
}

/** Says whether it is one. */
export function setHost(url: UrlRecord, input: string): boolean {
  const special = isSpecial(url.scheme);
  const host = input === "" && !special ? "" : parseHost(input, special);
  if (host === undefined) {
    return false;
  }
  url.host = host;
  return true;
}

/** Says whether it is one. @param digits at least one */
export function setPort(url: UrlRecord, digits: string): boolean {
  const port = parseInt(digits, 10);
  if (port > 0xffff) {
    return false;
  }
  url.port = withoutDefault(port, url.scheme);
  return true;
}

function parseFile(url: UrlRecord, input: string, base: UrlRecord | undefined): UrlRecord | undefined {
  url.host = "";
  const fileBase = base?.scheme === "file" ? base : undefined;
  if (isSlash(url, input[0])) {
    return isSlash(url, input[1])
      ? parseFileHost(url, input.slice(2))
      : parsePath(url, input.slice(1), drivePath(url, input.slice(1), fileBase));
  }
  if (fileBase === undefined) {
    return parsePath(url, input);
  }
  url.host = fileBase.host;
  return parseAgainstPath(url, input, fileBase);
}

/** A path from the root on stays on the drive of the base. */
function drivePath(url: UrlRecord, input: string, base: UrlRecord | undefined): string[] {
  if (base === undefined) {
    return [];
  }
  url.host = base.host;
  const [drive] = base.path;
  return drive !== undefined && /^[A-Za-z]:$/.test(drive) && !startsWithWindowsDriveLetter.test(input) ? [drive] : [];
}

function parseFileHost(url: UrlRecord, input: string): UrlRecord | undefined {
  const end = endOfAuthority(url, input);
  const host = input.slice(0, end);
  if (windowsDriveLetter.test(host)) {
    return parsePath(url, input);
  }
  return setFileHost(url, host) ? parsePathStart(url, input.slice(end)) : undefined;
}

/** Says whether it is one. */
export function setFileHost(url: UrlRecord, input: string): boolean {
  const host = input === "" ? "" : parseHost(input, true);
  if (host === undefined) {
    return false;
  }
  url.host = host === "localhost" ? "" : host;
  return true;
}

/** After the host: a path that begins with a slash, or none. */
function parsePathStart(url: UrlRecord, input: string): UrlRecord {
  if (isSlash(url, input[0])) {
    return parsePath(url, input.slice(1));
  }
  return isSpecial(url.scheme) ? parsePath(url, input) : parseAfterPath(url, input);
}

/** The segments of a path, without the slash before them, and what follows. */
function parsePath(url: UrlRecord, input: string, path = url.path as string[]): UrlRecord {
  const end = input.search(/[?#]/);
  url.path = addSegments(url, end === -1 ? input : input.slice(0, end), path);
  return end === -1 ? url : parseAfterPath(url, input.slice(end));
}

const singleDot = /^(?:\.|%2e)$/i;
const doubleDot = /^(?:\.|%2e){2}$/i;

export function addSegments(url: UrlRecord, input: string, path: string[]): string[] {
  const segments = input.split(isSpecial(url.scheme) ? /[/\\]/ : "/");
  for (const [index, given] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (doubleDot.test(given)) {
      shortenPath(url.scheme, path);
      if (isLast) {
        path.push("");
      }
    } else if (singleDot.test(given)) {
      if (isLast) {
        path.push("");
      }
    } else {
      const isDrive = url.scheme === "file" && path.length === 0 && windowsDriveLetter.test(given);
      path.push(isDrive ? `${given[0]!}:` : percentEncoded(given, pathSet));
    }
  }
  return path;
}

function parseOpaquePath(url: UrlRecord, input: string): UrlRecord {
  const end = input.search(/[?#]/);
  const path = percentEncoded(end === -1 ? input : input.slice(0, end), c0Control);
  // Else it would be lost with the end of what follows it.
  url.path = end === -1 ? path : path.replace(/ $/, "%20");
  return end === -1 ? url : parseAfterPath(url, input.slice(end));
}

/** Nothing, a query, or a fragment. */
function parseAfterPath(url: UrlRecord, input: string): UrlRecord {
  if (input.startsWith("?")) {
    return parseQuery(url, input.slice(1));
  }
  return input === "" ? url : parseFragment(url, input.slice(1));
}

function parseQuery(url: UrlRecord, input: string): UrlRecord {
  const end = input.indexOf("#");
  url.query = encodedQuery(url, end === -1 ? input : input.slice(0, end));
  return end === -1 ? url : parseFragment(url, input.slice(end + 1));
}

export function encodedQuery(url: UrlRecord, text: string): string {
  return percentEncoded(text, isSpecial(url.scheme) ? specialQuery : querySet);
}

function parseFragment(url: UrlRecord, text: string): UrlRecord {
  url.fragment = encodedFragment(text);
  return url;
}

export function encodedFragment(text: string): string {
  return percentEncoded(text, fragmentSet);
}
