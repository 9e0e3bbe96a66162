/** URL of the URL standard, section 6.1. */
import { defineGlobals } from "../globals.js";
import { parseForm } from "./form-urlencoded.js";
import {
  changeHash,
  changeHost,
  changeHostname,
  changePassword,
  changePathname,
  changePort,
  changeProtocol,
  changeSearch,
  changeUsername,
} from "./url/change-url.js";
import { parseUrl } from "./url/parse-url.js";
import {
  serializeHostAndPort,
  serializeOrigin,
  serializePath,
  serializeUrl,
  type UrlRecord,
} from "./url/url-record.js";
import { QueryOfUrl, URLSearchParams } from "./url-search-params.js";
import { required, usvString } from "./web-idl.js";

class URL {
  #url: UrlRecord;
  #query: QueryOfUrl | undefined;
  #searchParams: URLSearchParams | undefined;

  constructor(...args: [url: unknown, base?: unknown]) {
    const [url, base] = converted(args, "new URL()");
    const parsed = parsedAgainst(url, base);
    if (parsed === undefined) {
      // What was given stays out of the message: it may have a password.
      throw new TypeError("Invalid URL");
    }
    this.#url = parsed;
  }

  static canParse(...args: [url: unknown, base?: unknown]): boolean {
    return parsedAgainst(...converted(args, "URL.canParse()")) !== undefined;
  }

  get href(): string {
    return serializeUrl(this.#url);
  }
  set href(value: unknown) {
    const url = parseUrl(usvString(value));
    if (url === undefined) {
      throw new TypeError("Invalid URL");
    }
    this.#url = url;
    this.#queryChanged();
  }

  get origin(): string {
    return originOf(this.#url);
  }

  get protocol(): string {
    return `${this.#url.scheme}:`;
  }
  set protocol(value: unknown) {
    changeProtocol(this.#url, usvString(value));
  }

  get username(): string {
    return this.#url.username;
  }
  set username(value: unknown) {
    changeUsername(this.#url, usvString(value));
  }

  get password(): string {
    return this.#url.password;
  }
  set password(value: unknown) {
    changePassword(this.#url, usvString(value));
  }

  get host(): string {
    return serializeHostAndPort(this.#url);
  }
  set host(value: unknown) {
    changeHost(this.#url, usvString(value));
  }

  get hostname(): string {
    return this.#url.host ?? "";
  }
  set hostname(value: unknown) {
    changeHostname(this.#url, usvString(value));
  }

  get port(): string {
    return this.#url.port === null ? "" : String(this.#url.port);
  }
  set port(value: unknown) {
    changePort(this.#url, usvString(value));
  }

  get pathname(): string {
    return serializePath(this.#url);
  }
  set pathname(value: unknown) {
    changePathname(this.#url, usvString(value));
  }

  get search(): string {
    const { query } = this.#url;
    return query === null || query === "" ? "" : `?${query}`;
  }
  set search(value: unknown) {
    changeSearch(this.#url, usvString(value));
    this.#queryChanged();
  }

  get searchParams(): URLSearchParams {
    if (this.#searchParams === undefined) {
      this.#query = new QueryOfUrl(this.#url.query ?? "", (query) => {
        this.#url.query = query === "" ? null : query;
      });
      this.#searchParams = new URLSearchParams(this.#query);
    }
    return this.#searchParams;
  }

  get hash(): string {
    const { fragment } = this.#url;
    return fragment === null || fragment === "" ? "" : `#${fragment}`;
  }
  set hash(value: unknown) {
    changeHash(this.#url, usvString(value));
  }

  toString(): string {
    return serializeUrl(this.#url);
  }

  toJSON(): string {
    return serializeUrl(this.#url);
  }

  #queryChanged(): void {
    if (this.#query !== undefined) {
      this.#query.pairs = parseForm(this.#url.query ?? "");
    }
  }
}

/** That of a `blob:` URL is the one of the URL in its path. */
function originOf(url: UrlRecord): string {
  if (url.scheme !== "blob") {
    return serializeOrigin(url);
  }
  const inner = parseUrl(serializePath(url));
  return inner?.scheme === "http" || inner?.scheme === "https" ? serializeOrigin(inner) : "null";
}

function converted(args: readonly unknown[], operation: string): [url: string, base: string | undefined] {
  const [url, base] = required(args, 1, operation);
  return [usvString(url), base === undefined ? undefined : usvString(base)];
}

function parsedAgainst(url: string, base: string | undefined): UrlRecord | undefined {
  if (base === undefined) {
    return parseUrl(url);
  }
  const parsedBase = parseUrl(base);
  return parsedBase === undefined ? undefined : parseUrl(url, parsedBase);
}

defineGlobals({ URL });
