/** The document that tells clients where they get tokens for a resource (RFC 9728), which MCP needs. */
import { SluiceError } from "../../errors.js";
import { pathnameOf } from "../../policy/request-line.js";
import { Response } from "../../policy/response.js";
import { textOf } from "../../thrown.js";

/** What the document says (RFC 9728 section 2). */
export interface ProtectedResource {
  /** The resource's identifier: its https URL, without a query and a fragment. */
  readonly resource: string;
  /** The issuers of tokens for it. */
  readonly authorizationServers?: readonly string[] | undefined;
  /** Scopes that there are. */
  readonly scopesSupported?: readonly string[] | undefined;
  /** How tokens may be sent: `header`, `query`. Default: `header`. */
  readonly bearerMethodsSupported?: readonly string[] | undefined;
  /** Its name, for people. */
  readonly resourceName?: string | undefined;
  /** A page for developers. */
  readonly resourceDocumentation?: string | undefined;
  /** Algorithms of DPoP proofs that are taken. */
  readonly dpopSigningAlgValuesSupported?: readonly string[] | undefined;
  /** Whether tokens have to be bound by DPoP. */
  readonly dpopBoundAccessTokensRequired?: boolean | undefined;
}

/** The document, and where it is. */
export interface ResourceMetadata {
  /** Its URL, for `WWW-Authenticate`. */
  readonly url: string;
  /** The path of that URL. */
  readonly path: string;
  /** The answer to a request for the document, which needs no token; undefined for any other request. */
  answer(request: { readonly method: string; readonly path: string }): Response | undefined;
}

const wellKnown = "/.well-known/oauth-protected-resource";

/**
 * The metadata of a protected resource.
 *
 * @example
 * configure: () => ({ metadata: resourceMetadata({ resource: "https://api.example.com/orders", authorizationServers: ["https://as.example.com"] }) }),
 * onRequest: (request, { resources: { metadata } }) => metadata.answer(request)
 * @throws SluiceError `BEARER_OPTIONS`
 */
export function resourceMetadata(about: ProtectedResource): ResourceMetadata {
  const [, origin, path] = resourceUrl(about.resource);
  // RFC 9728 section 3.1: between the host and the path, whose last "/" goes where nothing else is there.
  const documentPath = `${wellKnown}${path === "/" ? "" : path}`;
  const body = `${JSON.stringify(documentOf(about))}\n`;
  const found = new Response(body, {
    status: 200,
    // Clients in browsers have other origins.
    headers: {
      "content-type": "application/json",
      "cache-control": "max-age=3600",
      "access-control-allow-origin": "*",
    },
  });
  const notAllowed = new Response(405).withHeaders([["allow", "GET, HEAD"]]);
  return {
    url: `${origin}${documentPath}`,
    path: documentPath,
    answer({ method, path: asked }) {
      if (pathnameOf(asked) !== documentPath) {
        return undefined;
      }
      return method === "GET" || method === "HEAD" ? found : notAllowed;
    },
  };
}

function resourceUrl(resource: unknown): [string, origin: string, path: string] {
  const match =
    typeof resource === "string"
      ? /^(https?:\/\/[\w.\-:[\]]+)(\/[\x21\x24-\x3b\x3d\x40-\x7e]*)?$/.exec(resource)
      : null;
  if (match === null) {
    throw refused("resource", "an http(s) URL without query and fragment", resource);
  }
  return [match[0], match[1]!, match[2] ?? ""];
}

function documentOf(about: ProtectedResource): Record<string, unknown> {
  const { bearerMethodsSupported = ["header"] } = about;
  return {
    resource: about.resource,
    authorization_servers: about.authorizationServers,
    scopes_supported: about.scopesSupported,
    bearer_methods_supported: bearerMethodsSupported,
    resource_name: about.resourceName,
    resource_documentation: about.resourceDocumentation,
    dpop_signing_alg_values_supported: about.dpopSigningAlgValuesSupported,
    dpop_bound_access_tokens_required: about.dpopBoundAccessTokensRequired,
  };
}

function refused(what: string, expected: string, got: unknown): SluiceError {
  return new SluiceError("BEARER_OPTIONS", `resourceMetadata(): ${what}: expected ${expected}, got ${textOf(got)}.`);
}
