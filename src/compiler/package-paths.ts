import { fileURLToPath } from "node:url";

/** `.ts` while the package runs from its sources, `.js` once it is built. */
const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

function packageFile(path: string): string {
  return fileURLToPath(new URL(`../${path}${extension}`, import.meta.url));
}

/** What the specifier `sluice` means inside a policy: always this package, so that policy and guest share one copy. */
export const publicEntry = packageFile("index");

/** Turns a policy into what a host runs. */
export const guestEntry = packageFile("guest/entry");

/** The globals of a policy's world; bound to free identifiers. */
export const guestGlobals = packageFile("guest/globals");

/** `src` is what the source maps of `dist` name. */
const kitFolders = ["../../src/", "../../dist/"].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));

/** Whether a file (absolute path) is part of this package rather than of a policy. */
export function isKitFile(path: string): boolean {
  return kitFolders.some((folder) => path.startsWith(folder));
}
