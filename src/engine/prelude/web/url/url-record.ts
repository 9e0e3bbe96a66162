/** A URL in its parts, and their serialization: sections 4.1 and 4.5 of the URL standard. */

export interface UrlRecord {
  scheme: string;
  username: string;
  password: string;
  /** Serialized. null: there is none, unlike an empty one. */
  host: string | null;
  /** null: the scheme's own. */
  port: number | null;
  /** Text: an opaque path. */
  path: string[] | string;
  query: string | null;
  fragment: string | null;
}

/** The special schemes, and their ports. */
const specialPorts: Readonly<Record<string, number | null>> = {
  __proto__: null,
  ftp: 21,
  file: null,
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
};

export function isSpecial(scheme: string): boolean {
  return specialPorts[scheme] !== undefined;
}

export function withoutDefault(port: number, scheme: string): number | null {
  return port === specialPorts[scheme] ? null : port;
}

export function hasCredentials(url: UrlRecord): boolean {
  return url.username !== "" || url.password !== "";
}

export function cannotHaveCredentialsOrPort(url: UrlRecord): boolean {
  return url.host === null || url.host === "" || url.scheme === "file";
}

const windowsDriveLetter = /^[A-Za-z]:$/;

/** A Windows drive letter, which is no folder to go up from, stays. */
export function shortenPath(scheme: string, path: string[]): void {
  if (!(scheme === "file" && path.length === 1 && windowsDriveLetter.test(path[0]!))) {
    path.pop();
  }
}

export function serializeUrl(url: UrlRecord): string {
  let text = `${url.scheme}:`;
  if (url.host !== null) {
    text += "//";
    if (hasCredentials(url)) {
      text += url.password === "" ? `${url.username}@` : `${url.username}:${url.password}@`;
    }
    text += serializeHostAndPort(url);
  } else if (typeof url.path !== "string" && url.path.length > 1 && url.path[0] === "") {
    // Else the path would be read as a host.
    text += "/.";
  }
  text += serializePath(url);
  if (url.query !== null) {
    text += `?${url.query}`;
  }
  return url.fragment === null ? text : `${text}#${url.fragment}`;
}

export function serializeHostAndPort({ host, port }: UrlRecord): string {
  return port === null ? (host ?? "") : `${host!}:${port}`;
}

export function serializePath({ path }: UrlRecord): string {
  return typeof path === "string" ? path : path.map((segment) => `/${segment}`).join("");
}

export function serializeOrigin(url: UrlRecord): string {
  return isSpecial(url.scheme) && url.scheme !== "file" ? `${url.scheme}://${serializeHostAndPort(url)}` : "null";
}
