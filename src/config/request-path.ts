/**
 * Request targets as Envoy 1.40 normalises them with `normalize_path`, `merge_slashes` and
 * `path_with_escaped_slashes_action: UNESCAPE_AND_FORWARD`, byte for byte. Routing and policies see the result, and so does the
 * upstream: nobody decides on another path than the one that is served. The paths of routes are written in the same form.
 */
const slash = 0x2f;
const dot = 0x2e;
const question = 0x3f;
const semicolon = 0x3b;

/** Bytes after which a path may not be normal; a dot or a semicolon counts at the beginning of a segment, a slash after a slash. */
const unusual = new Uint8Array(256).map((_, code) =>
  code <= 0x20 || code >= 0x7f || '"#%<>\\^`{|}'.includes(String.fromCharCode(code)) ? 1 : 0,
);

/**
 * The target (path and query) with a normalised path; the query is left as it is. undefined: it must be refused, because
 *
 * - it does not begin with a slash, has a fragment, an encoded NUL, or what is no character of a URI;
 * - it still has a segment that is `.` or `..` with parameters (`..;`, `..%3Bx=1`), which servers that take parameters off a segment
 *   resolve, or is nothing but parameters, before others (`/;x/a`), which they drop; or it has nothing but slashes, which most take
 *   for `/`. They would serve another path than the one that was routed.
 */
export function normalizeTarget(target: string): string | undefined {
  let afterSlash = false;
  for (let i = 0; i < target.length; i++) {
    const code = target.charCodeAt(i);
    if (code === question) {
      break;
    }
    if (unusual[code] !== 0 || (afterSlash && (code === slash || code === dot || code === semicolon))) {
      return normalizeSlowly(target);
    }
    afterSlash = code === slash;
  }
  return target.charCodeAt(0) === slash && !target.includes("#") ? target : undefined;
}

function normalizeSlowly(target: string): string | undefined {
  const queryAt = target.indexOf("?");
  const original = queryAt < 0 ? target : target.slice(0, queryAt);
  if (original.charCodeAt(0) !== slash || target.includes("#") || /%00|[^\x21-\x7e]/.test(original)) {
    return undefined;
  }
  // A segment begins after a slash here, not after what only now becomes one.
  let path = decodeUnreserved(original.replace(/%2f/gi, "/").replace(/(?<=\/)(\.\.?);[^/]*/g, "$1"))
    .replace(/%5c|\\/gi, "/")
    .replace(/["<>^`{|}]/g, escapeByte);
  if (/\/[./;]/.test(path)) {
    path = mergeSlashes(removeDots(path));
    if (/\/\.\.?(?:;|%3b)|\/;[^/]*\/|^\/\/$/i.test(path)) {
      return undefined;
    }
  }
  return queryAt < 0 ? path : path + target.slice(queryAt);
}

/** RFC 3986, section 6.2.2.2: letters, digits and `-._~` stand for themselves. Other escapes are left as they are. */
function decodeUnreserved(path: string): string {
  return (
    path
      .replace(/%(?![0-9a-f]{2})/gi, strayPercent)
      .replace(/%[0-9a-f]{2}/gi, unescapeUnreserved)
      // A stray percent must not make up an escape of what was decoded behind it.
      .replaceAll(/\0(?=[0-9a-f]{2})/gi, "%25")
      .replaceAll(strayPercent, "%")
  );
}

/** Stands for a percent that begins no escape; nothing else is NUL. */
const strayPercent = "\0";

function unescapeUnreserved(escape: string): string {
  const char = String.fromCharCode(parseInt(escape.slice(1), 16));
  return /[A-Za-z0-9._~-]/.test(char) ? char : escape;
}

function escapeByte(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** RFC 3986, section 5.2.4, in a path that begins with a slash. */
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

/** After the dots, as Envoy does: in `/a//../b` they take away the empty segment. Of nothing but slashes Envoy leaves two. */
function mergeSlashes(path: string): string {
  return /^\/{2,}$/.test(path) ? "//" : path.replace(/\/{2,}/g, "/");
}

/** The path of a target, without its query. */
export function pathOf(target: string): string {
  const queryAt = target.indexOf("?");
  return queryAt < 0 ? target : target.slice(0, queryAt);
}

/**
 * With percent-encodings in upper case, in which they are compared: normalising leaves their case alone, as the upstream may see
 * a difference, yet they mean the same (RFC 3986, section 6.2.2.1).
 */
export function withUpperCaseEscapes(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase());
}
