/** `${NAME}` in a value is replaced by an environment variable; `$${NAME}` stands for `${NAME}` itself. */
const reference = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

export interface Substituted {
  text: string;
  /** Variables that were put in, by name. */
  used: ReadonlyMap<string, string>;
  /** Variables that do not exist. */
  missing: readonly string[];
}

/** Puts the variables of `environment` into `text`. An empty variable is one that exists. */
export function substituteVariables(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): Substituted {
  const used = new Map<string, string>();
  const missing: string[] = [];
  const replaced = text.replace(reference, (whole, escape: string, name: string) => {
    if (escape !== "") {
      return whole.slice(1);
    }
    const value = environment[name];
    if (value === undefined) {
      missing.push(name);
      return whole;
    }
    used.set(name, value);
    return value;
  });
  return { text: replaced, used, missing };
}
