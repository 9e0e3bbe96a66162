/** URL of the URL standard: Web IDL's conversions around the implementation in `whatwg-url`. */
// The implementation makes a coder when it is evaluated.
import "./text-coding.js";
import { implementation } from "whatwg-url/lib/URL-impl.js";
import { defineGlobals } from "../globals.js";
import { searchParamsOf, URLSearchParams } from "./url-search-params.js";
import { usvString } from "./usv-string.js";

class URL {
  readonly #url: implementation;
  #searchParams: URLSearchParams | undefined;

  constructor(url: unknown, base?: unknown) {
    this.#url = new implementation({}, [usvString(url), base === undefined ? undefined : usvString(base)]);
  }

  static canParse(url: unknown, base?: unknown): boolean {
    return implementation.canParse(usvString(url), base === undefined ? undefined : usvString(base));
  }

  get href(): string {
    return this.#url.href;
  }
  set href(value: unknown) {
    this.#url.href = usvString(value);
  }

  get origin(): string {
    return this.#url.origin;
  }

  get protocol(): string {
    return this.#url.protocol;
  }
  set protocol(value: unknown) {
    this.#url.protocol = usvString(value);
  }

  get username(): string {
    return this.#url.username;
  }
  set username(value: unknown) {
    this.#url.username = usvString(value);
  }

  get password(): string {
    return this.#url.password;
  }
  set password(value: unknown) {
    this.#url.password = usvString(value);
  }

  get host(): string {
    return this.#url.host;
  }
  set host(value: unknown) {
    this.#url.host = usvString(value);
  }

  get hostname(): string {
    return this.#url.hostname;
  }
  set hostname(value: unknown) {
    this.#url.hostname = usvString(value);
  }

  get port(): string {
    return this.#url.port;
  }
  set port(value: unknown) {
    this.#url.port = usvString(value);
  }

  get pathname(): string {
    return this.#url.pathname;
  }
  set pathname(value: unknown) {
    this.#url.pathname = usvString(value);
  }

  get search(): string {
    return this.#url.search;
  }
  set search(value: unknown) {
    this.#url.search = usvString(value);
  }

  get searchParams(): URLSearchParams {
    return (this.#searchParams ??= searchParamsOf(this.#url.searchParams));
  }

  get hash(): string {
    return this.#url.hash;
  }
  set hash(value: unknown) {
    this.#url.hash = usvString(value);
  }

  toString(): string {
    return this.#url.href;
  }

  toJSON(): string {
    return this.#url.href;
  }
}

defineGlobals({ URL, URLSearchParams });
