/**
 * Changes of header maps. Envoy crashes or corrupts a message where a guest breaks these rules; here the hostcall answers
 * `BadArgument` and nothing is changed.
 */
import { Status } from "../../abi/constants.js";
import { firstValue, removeValues, setValue } from "../../abi/header-list.js";
import type { HeaderList } from "../../abi/port.js";
import { isValidHeader, isValidMethod, normalizeHeaders } from "../header-list.js";

const finalStatus = /^[2-5]\d\d$/;

/** The list that may take the place of `current`, or undefined when it may not. */
export function replacement(current: HeaderList, headers: HeaderList): HeaderList | undefined {
  const normalized = normalizeHeaders(headers);
  if (normalized === undefined) {
    return undefined;
  }
  const pseudoNames = pseudoHeaderNames(normalized);
  const expected = pseudoHeaderNames(current);
  const complete = pseudoNames.length === expected.length && expected.every((name) => pseudoNames.includes(name));
  const legal = pseudoNames.every((name) => isValidPseudo(name, firstValue(normalized, name) ?? ""));
  return complete && legal ? normalized : undefined;
}

export function replaceValue(headers: HeaderList, name: string, value: string): Status {
  const lower = name.toLowerCase();
  if (!isValidHeader(lower, value)) {
    return Status.BadArgument;
  }
  if (lower.startsWith(":") && (firstValue(headers, lower) === undefined || !isValidPseudo(lower, value))) {
    return Status.BadArgument;
  }
  setValue(headers, lower, value);
  return Status.Ok;
}

export function addValue(headers: HeaderList, name: string, value: string): Status {
  const lower = name.toLowerCase();
  if (lower.startsWith(":") || !isValidHeader(lower, value)) {
    return Status.BadArgument;
  }
  headers.push(lower, value);
  return Status.Ok;
}

export function removeValue(headers: HeaderList, name: string): Status {
  const lower = name.toLowerCase();
  if (lower.startsWith(":")) {
    return Status.BadArgument;
  }
  removeValues(headers, lower);
  return Status.Ok;
}

/** Of a response's head: edits keep `:status` first and valid. */
export function statusOf(headers: HeaderList): number {
  return Number(headers[1]);
}

function pseudoHeaderNames(headers: HeaderList): string[] {
  const names: string[] = [];
  for (let index = 0; index < headers.length && (headers[index] as string).startsWith(":"); index += 2) {
    names.push(headers[index] as string);
  }
  return names;
}

function isValidPseudo(name: string, value: string): boolean {
  switch (name) {
    case ":status":
      return finalStatus.test(value);
    case ":method":
      return isValidMethod(value);
    default:
      return value !== "";
  }
}
