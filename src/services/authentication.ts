/**
 * The caller's authentication, handed from policy to policy as JSON in a stream property. Hosts keep such a property for one
 * exchange and show it to every policy of its chain (Envoy: as filter state).
 */
import { Status } from "../abi/constants.js";
import type { Hostcalls } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import type { Authentication, AuthenticationAccess, AuthenticationInit, JsonObject } from "../policy/authentication.js";
import { hideFields } from "../policy/opaque.js";

const property = ["authentication"];
const texts = ["principal", "clientId", "clientName"] as const;
const members: readonly string[] = [...texts, "properties"];
const cleared = new Uint8Array(0);

type PropertyHostcalls = Pick<Hostcalls, "getProperty" | "setProperty">;

/** The authentication of one exchange, as one of its policies reads and sets it. */
export class ExchangeAuthentication implements AuthenticationAccess {
  /** The hostcalls, acting on the exchange; undefined when it is over. Those of another exchange would tell of another caller. */
  private readonly host: () => PropertyHostcalls | undefined;
  private readonly warn: (message: string) => void;
  private warned = false;

  constructor(host: () => PropertyHostcalls | undefined, warn: (message: string) => void) {
    this.host = host;
    this.warn = warn;
  }

  get<Properties extends object = JsonObject>(): Authentication<Properties> | undefined {
    const bytes = this.host()?.getProperty(property);
    if (bytes === undefined || bytes.length === 0) {
      return undefined;
    }
    const authentication = decoded(bytes);
    if (authentication === undefined && !this.warned) {
      this.warned = true;
      this.warn(
        'AUTHENTICATION_UNREADABLE: the property "authentication" of the exchange is not what authentication.set() writes.',
      );
    }
    return authentication as Authentication<Properties> | undefined;
  }

  set(authentication: AuthenticationInit): void {
    const text = encoded(authentication);
    this.write("set", new TextEncoder().encode(text));
  }

  clear(): void {
    // Hosts cannot remove a property.
    this.write("clear", cleared);
  }

  private write(call: "set" | "clear", bytes: Uint8Array): void {
    if (this.host()?.setProperty(property, bytes) !== Status.Ok) {
      throw new SluiceError("EXCHANGE_OVER", `authentication.${call}() has no effect any more: the exchange is over.`);
    }
  }
}

function encoded(value: AuthenticationInit): string {
  if (!isObject(value)) {
    throw refused("an object", value);
  }
  for (const name of Object.keys(value)) {
    if (!members.includes(name)) {
      throw new SluiceError(
        "AUTHENTICATION_VALUE",
        `authentication.set: there is no "${name}"; expected ${members.join(", ")}.`,
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
    return JSON.stringify(value);
  } catch (error) {
    throw new SluiceError("AUTHENTICATION_VALUE", "authentication.set: properties: JSON cannot hold them.", {
      cause: error,
    });
  }
}

function refused(expected: string, got: unknown, name?: string): SluiceError {
  const what = got === null ? "null" : Array.isArray(got) ? "an array" : typeof got;
  return new SluiceError(
    "AUTHENTICATION_VALUE",
    `authentication.set: ${name === undefined ? "" : `${name}: `}expected ${expected}, got ${what}.`,
  );
}

/** undefined: it is not an authentication. */
function decoded(bytes: Uint8Array): Authentication | undefined {
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

hideFields(ExchangeAuthentication);
