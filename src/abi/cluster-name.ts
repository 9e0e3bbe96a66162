/** How an upstream is named towards a host: one function for the guest, the gateway and Envoy's configuration. */

/** Where a policy's call goes. */
export interface CallTarget {
  /** The cluster's name. */
  cluster: string;
  authority: string;
  scheme: "http" | "https";
  /** The URL's path, put in front of what is fetched; may be empty. */
  basePath: string;
}

const name = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const url = /^(https?):\/\/([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?(\/[^?#]*)?$/i;

/** The target of a name in the gateway file, or of a URL; undefined for text that is neither. */
export function clusterOf(nameOrUrl: string): CallTarget | undefined {
  if (name.test(nameOrUrl)) {
    return { cluster: nameOrUrl, authority: nameOrUrl, scheme: "http", basePath: "" };
  }
  const match = url.exec(nameOrUrl);
  if (match === null) {
    return undefined;
  }
  const scheme = (match[1] as string).toLowerCase() as "http" | "https";
  const host = (match[2] as string).toLowerCase();
  const defaultPort = scheme === "https" ? "443" : "80";
  const port = match[3] ?? defaultPort;
  const authority = port === defaultPort ? host : `${host}:${port}`;
  return { cluster: `${scheme}|${host}|${port}`, authority, scheme, basePath: match[4] ?? "" };
}

/** The cluster's name for calls that name an upstream by its URL: upstreams are known under it too. */
export function originCluster(upstreamUrl: string): string | undefined {
  const target = clusterOf(upstreamUrl);
  return target === undefined || !upstreamUrl.includes("://") ? undefined : target.cluster;
}
