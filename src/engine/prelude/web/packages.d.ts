/** Packages without types, as far as the prelude uses them. */

declare module "whatwg-url/lib/URL-impl.js" {
  import type { implementation as SearchParams } from "whatwg-url/lib/URLSearchParams-impl.js";

  export class implementation {
    static canParse(url: string, base?: string): boolean;
    constructor(globalObject: object, urlAndBase: [url: string, base: string | undefined]);
    href: string;
    readonly origin: string;
    protocol: string;
    username: string;
    password: string;
    host: string;
    hostname: string;
    port: string;
    pathname: string;
    search: string;
    readonly searchParams: SearchParams;
    hash: string;
  }
}

declare module "whatwg-url/lib/URLSearchParams-impl.js" {
  export class implementation {
    /** A list of pairs, an object without prototype, or a query. */
    constructor(
      globalObject: object,
      init: [string[][] | Record<string, string> | string],
      options: { doNotStripQMark?: boolean },
    );
    readonly size: number;
    append(name: string, value: string): void;
    delete(name: string, value?: string): void;
    get(name: string): string | null;
    getAll(name: string): string[];
    has(name: string, value?: string): boolean;
    set(name: string, value: string): void;
    sort(): void;
    toString(): string;
    [Symbol.iterator](): ArrayIterator<[name: string, value: string]>;
  }
}

declare module "punycode/" {
  export function toASCII(domain: string): string;
}
