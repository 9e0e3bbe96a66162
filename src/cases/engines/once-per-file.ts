/** What was loaded in this process is not loaded again: that takes longer than all the rest. */
export function oncePerFile<Policy>(load: (file: string) => Promise<Policy>): (file: string) => Promise<Policy> {
  const loaded = new Map<string, Promise<Policy>>();
  return (file) => {
    let policy = loaded.get(file);
    if (policy === undefined) {
      policy = load(file);
      loaded.set(file, policy);
    }
    return policy;
  };
}
