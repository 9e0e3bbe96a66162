/** One assertion about a web API: what an expression gives, as JSON sees it, or the name of the error that it throws. */
export interface WebApiCase {
  /** TypeScript, an expression; a promise is awaited. */
  readonly code: string;
  readonly gives?: unknown;
  readonly throws?: string;
}

/** The cases of each row of docs/web-apis.md, by the text of its first cell. */
export type WebApiCases = Readonly<Record<string, readonly WebApiCase[]>>;

export function gives(code: string, value: unknown): WebApiCase {
  return { code, gives: value };
}

export function throws(code: string, error: string): WebApiCase {
  return { code, throws: error };
}
