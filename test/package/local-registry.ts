/** A registry of npm that has what is installed in a checkout, so that packages are installed by npm itself and without a network. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { lstat, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface LocalRegistry {
  url: string;
  close(): Promise<void>;
}

/** @param root Of the checkout. What npm left out of it, such as packages for other platforms, is not there: 404. */
export async function startLocalRegistry(root: string): Promise<LocalRegistry> {
  const folders = await installedFolders(root);
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    answer(path).catch((error: unknown) => response.writeHead(500).end(String(error)));

    async function answer(path: string): Promise<void> {
      if (path.endsWith(".tgz")) {
        return sendTarball(response, join(root, path.slice(0, -".tgz".length)));
      }
      const found = folders.filter(({ name }) => name === path).map(({ folder }) => folder);
      if (found.length === 0) {
        return void response.writeHead(404).end("{}");
      }
      response.end(JSON.stringify(await packument(path, found)));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  /** https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md */
  async function packument(name: string, found: readonly string[]): Promise<object> {
    const versions = await Promise.all(
      found.map(async (folder) => {
        const manifest = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8")) as { version: string };
        return [manifest.version, { ...manifest, dist: { tarball: `${url}${folder}.tgz` } }] as const;
      }),
    );
    const [latest] = versions.map(([version]) => version).sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
    return { name, "dist-tags": { latest }, versions: Object.fromEntries(versions) };
  }

  return {
    url,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Of every package and version. One that is installed under a name of ours has its own here. */
async function installedFolders(root: string): Promise<{ folder: string; name: string }[]> {
  const { packages } = JSON.parse(await readFile(join(root, "node_modules/.package-lock.json"), "utf8")) as {
    packages: Record<string, { name?: string }>;
  };
  return Object.entries(packages).map(([folder, entry]) => ({
    folder,
    name: entry.name ?? folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length),
  }));
}

/** Links are packages of this checkout, packed as they are published. */
async function sendTarball(response: ServerResponse, folder: string): Promise<void> {
  if ((await lstat(folder)).isSymbolicLink()) {
    const target = await mkdtemp(join(tmpdir(), "sluice-packed-"));
    const { stdout: name } = await run("npm", ["pack", "--silent", "--pack-destination", target], { cwd: folder });
    response.end(await readFile(join(target, name.trim())));
    await rm(target, { recursive: true });
    return;
  }
  const { stdout } = await run("tar", ["-cf", "-", "--exclude=node_modules", "-C", dirname(folder), basename(folder)], {
    encoding: "buffer",
    maxBuffer: 1 << 28,
  });
  response.end(stdout);
}
