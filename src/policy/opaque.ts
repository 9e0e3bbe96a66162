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
