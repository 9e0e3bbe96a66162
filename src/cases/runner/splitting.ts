/** How a body is cut before it is sent. */
export interface Splitting {
  name: string;
  /** One write each. */
  split(parts: readonly Buffer[]): Buffer[];
}

export const asWritten: Splitting = { name: "as written", split: (parts) => parts.filter((part) => part.length > 0) };
