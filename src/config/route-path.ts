/** The paths of routes: what a normalised request can match. */
import { normalizeTarget, withUpperCaseEscapes } from "./request-path.js";

const anyPath = /^\/[^?#]*$/;

/** As JSON Schema. */
export const pathForm = { type: "string", pattern: anyPath.source };

/** Whether a text is a path at all, in whatever form. */
export function isPath(text: string): boolean {
  return anyPath.test(text);
}

/**
 * The path that a route must be written with to take the requests for `path`: normalised, with percent-encodings in upper case.
 * undefined: such requests are refused.
 */
export function routePath(path: string): string | undefined {
  // What no request can have is percent-encoded there (RFC 3986, section 2.1), and so is a percent that begins no escape.
  const requested = path
    .replace(/%(?![0-9a-f]{2})/gi, "%25")
    .replace(/[^\x21-\x7e]+/g, (text) => Buffer.from(text).toString("hex").replace(/../g, "%$&"));
  const normal = normalizeTarget(requested);
  return normal === undefined ? undefined : withUpperCaseEscapes(normal);
}
