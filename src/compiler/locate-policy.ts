/** Where a policy is that somebody named: a file, a ready policy, or a package from npm. */
import { statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import * as esbuild from "esbuild";
import { readyPolicy } from "../catalogue/catalogue.js";
import { type LocatedPolicy, packagePolicyName, policyInFile } from "../config/located-policy.js";
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";
import { packageResolution } from "./bundle-options.js";

/** What is a path, whether there is such a file or not. Scoped packages may have names that end as files do. */
const path = /^\.\.?(?:[\\/]|$)|^[^@].*\.(?:[cm]?[jt]sx?|wasm)$/;

/**
 * Finds the policy that is called `use` in `folder` (absolute): the file at that path; the ready policy `sluice/policies/<name>`; else
 * what a policy in that folder would get by `import "<use>"`, as `@acme/x` or `@acme/x/strict`. A path need not lead to anything.
 *
 * @throws SluiceError `POLICY_NOT_FOUND`
 */
export async function locatePolicy(use: string, folder: string): Promise<LocatedPolicy> {
  const file = resolve(folder, use);
  if (isAbsolute(use) || path.test(use)) {
    return policyInFile(file);
  }
  const ready = readyPolicy(use);
  if (ready !== undefined) {
    return ready;
  }
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) {
    return policyInFile(file);
  }
  return { file: await packageFile(use, folder), name: packagePolicyName(use) };
}

async function packageFile(use: string, folder: string): Promise<string> {
  let found: string | undefined;
  try {
    await esbuild.build({
      ...packageResolution,
      stdin: { contents: `export * from ${JSON.stringify(use)};`, resolveDir: folder },
      bundle: true,
      write: false,
      logLevel: "silent",
      plugins: [
        {
          name: "locate",
          setup: (build) => {
            build.onLoad({ filter: /.*/, namespace: "file" }, ({ path: file }) => {
              found = file;
              return { contents: "" };
            });
          },
        },
      ],
    });
  } catch (error) {
    throw new SluiceError(
      "POLICY_NOT_FOUND",
      `${use}: there is no such file in ${shownPath(folder) || "this folder"}, and as a package: ${reasonOf(error)}.`,
      {
        cause: error,
      },
    );
  }
  if (found === undefined) {
    throw new SluiceError("INTERNAL", `${use}: a package was found that leads to no file.`);
  }
  return found;
}

function reasonOf(error: unknown): string {
  const notes =
    (error as Partial<esbuild.BuildFailure>).errors?.[0]?.notes.map(({ text }) => text.replace(/:$/, "")) ?? [];
  return notes.find((text) => text.includes("exported")) ?? "no package of that name is installed there";
}
