import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dependencyOn, kitPackage } from "./kit-package.js";

let home: string;
beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), "sluice-kit-")));
});
afterEach(() => rm(home, { recursive: true }));

async function write(path: string, content: object): Promise<void> {
  await mkdir(dirname(join(home, path)), { recursive: true });
  await writeFile(join(home, path), JSON.stringify(content));
}

/** How a project in `new/mine` names the package in `folder`. */
async function dependency(folder: string): Promise<string> {
  await write(`${folder}/package.json`, {
    version: "1.2.3",
    dependencies: { valibot: "1.0.0" },
    devDependencies: { vitest: "4.0.0" },
  });
  const { source } = await kitPackage(join(home, folder));
  return dependencyOn(source, join(home, "new/mine"));
}

const installed = "app/node_modules/sluice";
const noted = (resolved: string) =>
  write("app/node_modules/.package-lock.json", {
    lockfileVersion: 3,
    packages: { "node_modules/sluice": { version: "1.2.3", resolved } },
  });

describe("a project takes Sluice", () => {
  it("from the checkout that runs", async () => {
    expect(await dependency("checkout")).toBe("file:../../checkout");
  });

  it("from the registry, in the very version, where npm says nothing else", async () => {
    expect(await dependency(installed)).toBe("1.2.3");
    await write("app/node_modules/.package-lock.json", { packages: {} });
    expect(await dependency(installed)).toBe("1.2.3");
    await noted("https://registry.example/npm/sluice/-/sluice-1.2.3.tgz");
    expect(await dependency(installed)).toBe("1.2.3");
  });

  it.each([
    ["file:../packed/sluice-1.2.3.tgz", "file:../../packed/sluice-1.2.3.tgz"],
    ["file:checkout", "file:../../app/checkout"],
    ["https://example.com/releases/sluice.tgz", "https://example.com/releases/sluice.tgz"],
  ])("from where it was installed: %s", async (resolved, spec) => {
    await noted(resolved);
    expect(await dependency(installed)).toBe(spec);
  });
});
