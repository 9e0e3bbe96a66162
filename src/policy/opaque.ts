/** Objects of policies whose fields are the kit's. */

/**
 * Writes objects of these classes as empty ones where they are made JSON of, as in log lines. Private names would hide their
 * fields from everything else, too, but QuickJS takes as long to define one as to make an object.
 */
export function hideFields(...classes: readonly { readonly prototype: object }[]): void {
  for (const { prototype } of classes) {
    Object.defineProperty(prototype, "toJSON", { value: () => ({}) });
  }
}

/** A message of an exchange in any state. */
interface ShownMessage {
  readonly method?: string;
  readonly pathname?: string;
  readonly status?: number;
  readonly headers: { keys(): Iterable<string> };
}

/**
 * Writes messages, where they are made JSON of, as their first lines and the names of their headers: values of headers, queries and
 * bodies may be secrets. They stay empty objects where nothing can be read any more.
 */
export function showHeads(
  first: readonly ("method" | "pathname" | "status")[],
  ...classes: readonly { readonly prototype: object }[]
): void {
  for (const { prototype } of classes) {
    Object.defineProperty(prototype, "toJSON", { value: toJson });
  }
  function toJson(this: ShownMessage): object {
    try {
      const shown: Record<string, unknown> = {};
      for (const name of first) {
        shown[name] = this[name];
      }
      return { ...shown, headers: [...this.headers.keys()] };
    } catch {
      return {};
    }
  }
}
