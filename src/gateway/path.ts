/**
 * Request targets as Envoy normalises them with `normalize_path`, `merge_slashes` and
 * `path_with_escaped_slashes_action: UNESCAPE_AND_FORWARD`. Routing and policies see the result, and so does the upstream:
 * nobody decides on another path than the one that is served.
 */
const slash = 0x2f;
const dot = 0x2e;
const percent = 0x25;
const backslash = 0x5c;
const question = 0x3f;
const hash = 0x23;

/**
 * The target (path and query) with a normalised path; the query is left as it is. undefined: it must be refused, because it
 * does not begin with a slash, has a fragment or contains an encoded NUL.
 */
export function normalizeTarget(target: string): string | undefined {
  let afterSlash = false;
  for (let i = 0; i < target.length; i++) {
    const code = target.charCodeAt(i);
    if (code === question) {
      break;
    }
    if (
      code === percent ||
      code === backslash ||
      code === hash ||
      code <= 0x20 ||
      code >= 0x7f ||
      (afterSlash && (code === slash || code === dot))
    ) {
      return normalizeSlowly(target);
    }
    afterSlash = code === slash;
  }
  return target.charCodeAt(0) === slash && !target.includes("#") ? target : undefined;
}

function normalizeSlowly(target: string): string | undefined {
  const queryAt = target.indexOf("?");
  let path = queryAt < 0 ? target : target.slice(0, queryAt);
  if (target.includes("#") || path.includes("%00")) {
    return undefined;
  }
  path = path
    // Escaped first: else `%%32f` would become an escaped slash below, after the escaped slashes were dealt with.
    .replace(/%(?![0-9a-f]{2})/gi, "%25")
    .replace(/%2f/gi, "/")
    .replace(/%5c|\\/gi, "/")
    .replace(/%[0-9a-f]{2}/gi, unescapeUnreserved)
    // eslint-disable-next-line no-control-regex -- these bytes are what has to be found
    .replace(/[\x00-\x20\x7f-\xff]/g, escapeByte);
  if (path.charCodeAt(0) !== slash) {
    return undefined;
  }
  // Dots first, then slashes, as Envoy does: in /a//../b the dots take away the empty segment.
  path = removeDots(path).replace(/\/{2,}/g, "/");
  return queryAt < 0 ? path : path + target.slice(queryAt);
}

function unescapeUnreserved(escape: string): string {
  const char = String.fromCharCode(parseInt(escape.slice(1), 16));
  return /[A-Za-z0-9._~-]/.test(char) ? char : escape;
}

function escapeByte(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

function removeDots(path: string): string {
  const segments = path.split("/");
  const kept: string[] = [];
  for (let i = 1; i < segments.length; i++) {
    const segment = segments[i]!;
    if (segment === "." || segment === "..") {
      if (segment === "..") {
        kept.pop();
      }
      if (i === segments.length - 1) {
        kept.push("");
      }
    } else {
      kept.push(segment);
    }
  }
  return `/${kept.join("/")}`;
}

/** The path of a target, without its query. */
export function pathOf(target: string): string {
  const queryAt = target.indexOf("?");
  return queryAt < 0 ? target : target.slice(0, queryAt);
}
