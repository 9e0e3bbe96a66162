/** What a request to an upstream must look like. */
import type { ReceivedRequest } from "./received-request.js";

/** What is left out may be anything. */
export interface RequestExpectation {
  method?: string;
  /** Path and query. */
  path?: string | RegExp;
  /** By name; others may be there. */
  headers?: Readonly<Record<string, string | RegExp>>;
  body?: string | RegExp;
}

/** What is wrong with a request; undefined when it is as expected. */
export function expectationProblem(expected: RequestExpectation, request: ReceivedRequest): string | undefined {
  if (expected.method !== undefined && expected.method !== request.method) {
    return `the method is ${request.method}`;
  }
  if (!matches(expected.path, request.path)) {
    return `the path is ${request.path}`;
  }
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    const got = request.headers[name.toLowerCase()];
    if (got === undefined || !matches(value, got)) {
      return `the header ${name} is ${got === undefined ? "not there" : JSON.stringify(got)}`;
    }
  }
  return matches(expected.body, request.body) ? undefined : `the body is ${JSON.stringify(request.body)}`;
}

/** In words. */
export function showExpectation({ method = "any method", path, headers = {}, body }: RequestExpectation): string {
  const parts = [`${method} ${path === undefined ? "any path" : String(path)}`];
  for (const [name, value] of Object.entries(headers)) {
    parts.push(`${name}: ${String(value)}`);
  }
  if (body !== undefined) {
    parts.push(`body ${String(body)}`);
  }
  return parts.join(", ");
}

function matches(expected: string | RegExp | undefined, value: string): boolean {
  if (expected === undefined) {
    return true;
  }
  return typeof expected === "string" ? expected === value : expected.test(value);
}
