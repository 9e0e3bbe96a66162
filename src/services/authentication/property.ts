/** An authentication as the stream property that hands it from policy to policy. */
import { SluiceError } from "../../errors.js";
import type { Authentication, AuthenticationInit } from "./authentication.js";

export const authenticationProperty: readonly string[] = ["authentication"];

const texts = ["principal", "clientId", "clientName"] as const;
const members: readonly string[] = [...texts, "properties"];

/** @throws SluiceError `AUTHENTICATION_VALUE` for what JSON cannot hold or is no authentication */
export function encodeAuthentication(value: AuthenticationInit): Uint8Array {
  if (!isObject(value)) {
    throw refused("an object", value);
  }
  for (const name of Object.keys(value)) {
    if (!members.includes(name)) {
      throw new SluiceError(
        "AUTHENTICATION_VALUE",
        `setAuthentication(): there is no "${name}"; expected ${members.join(", ")}.`,
      );
    }
  }
  for (const name of texts) {
    if (value[name] !== undefined && typeof value[name] !== "string") {
      throw refused("a string", value[name], name);
    }
  }
  if (value.properties !== undefined && !isObject(value.properties)) {
    throw refused("an object", value.properties, "properties");
  }
  try {
    return new TextEncoder().encode(JSON.stringify(value));
  } catch (error) {
    throw new SluiceError("AUTHENTICATION_VALUE", "setAuthentication(): properties: JSON cannot hold them.", {
      cause: error,
    });
  }
}

function refused(expected: string, got: unknown, name?: string): SluiceError {
  const what = got === null ? "null" : Array.isArray(got) ? "an array" : typeof got;
  return new SluiceError(
    "AUTHENTICATION_VALUE",
    `setAuthentication(): ${name === undefined ? "" : `${name}: `}expected ${expected}, got ${what}.`,
  );
}

/** undefined: it is not an authentication. */
export function decodeAuthentication(bytes: Uint8Array): Authentication | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  if (!isObject(value) || texts.some((name) => value[name] !== undefined && typeof value[name] !== "string")) {
    return undefined;
  }
  const { principal, clientId, clientName, properties = {} } = value as Partial<Authentication>;
  return isObject(properties) ? frozen({ principal, clientId, clientName, properties }) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function frozen<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === "object" && member !== null) {
      frozen(member as object);
    }
  }
  return Object.freeze(value);
}
