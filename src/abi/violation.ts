/** The stream property in which a policy violation is kept: how a guest writes it, and guests and hosts read it. */

/** Filled in by a policy, and read by later ones and by hosts. In Envoy, of the filter state `wasm.policy_violation`. */
export const violationProperty: readonly string[] = ["policy_violation"];

/** That a request violated a policy, for access logs and analytics. */
export interface Violation {
  /** The name of the use of the policy that reported it. */
  readonly policy: string;
  /** `violation`: the request breaks the policy's rule. `error`: the policy could not tell. */
  readonly kind: "violation" | "error";
  /** The name of the client application that sent the request, as far as the policy knows it. */
  readonly clientName?: string | undefined;
  /** The id of that application. */
  readonly clientId?: string | undefined;
}

/** JSON, so that no name needs escaping of its own and access logs can be read. */
export function encodeViolation({ policy, kind, clientName, clientId }: Violation): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ policy, kind, clientName, clientId }));
}

/** undefined for what is none: modules of other SDKs may use the same property. */
export function decodeViolation(bytes: Uint8Array | undefined): Violation | undefined {
  return bytes === undefined || bytes.length === 0 ? undefined : parseViolation(new TextDecoder().decode(bytes));
}

/** The same of the property's text. */
export function parseViolation(text: string): Violation | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) {
    return undefined;
  }
  const { policy, kind, clientName, clientId } = value as Record<string, unknown>;
  if (typeof policy !== "string" || (kind !== "violation" && kind !== "error")) {
    return undefined;
  }
  return {
    policy,
    kind,
    ...(typeof clientName === "string" && { clientName }),
    ...(typeof clientId === "string" && { clientId }),
  };
}
