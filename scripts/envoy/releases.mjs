// Releases of a gateway file, as docs/envoy.md ("Updating") has them: each is a folder that `sluice envoy` writes, and its listener is put where Envoy
// looks for it.
import { spawnSync } from "node:child_process";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const sluice = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export class Releases {
  /** What was compiled: to be released again and again. @type {{ folder: string, version: string, module: string, code: Buffer }[]} */
  #compiled = [];
  /** @type {string[]} */
  #folders = [];

  /** The library of the first release, which all have. @type {string | undefined} */
  #library;

  /**
   * @param {{
   *   folder: string, port: number, adminPort: number, upstream: string, source: string, policies?: string[], limits?: string,
   *   bad?: string[], native?: boolean,
   * }} options
   * source: of each policy, in policies/; policies: their files; limits: those of the routes, as a gateway file has them; bad: files in policies/
   * of a route of their own, `/bad`
   */
  constructor({
    folder,
    port,
    adminPort,
    upstream,
    source,
    policies = ["first.ts", "second.ts"],
    limits = "{}",
    bad = [],
    native = false,
  }) {
    this.bad = bad;
    this.native = native;
    this.folder = folder;
    this.port = port;
    this.adminPort = adminPort;
    this.upstream = upstream;
    this.source = new URL(`policies/${source}`, import.meta.url);
    this.policies = policies;
    this.limits = limits;
  }

  get listenerFile() {
    return join(this.folder, "listener.json");
  }

  /** Compiles the policies as that version. @param {string} version */
  async #compile(version) {
    const sources = join(this.folder, `source-${version}`);
    await mkdir(sources, { recursive: true });
    const source = await readFile(this.source, "utf8");
    for (const name of this.policies) {
      await writeFile(join(sources, name), source.replace('release = "0"', `release = "${version}"`));
    }
    for (const name of this.bad) {
      await writeFile(join(sources, name), await readFile(new URL(name, this.source), "utf8"));
    }
    const gateway = join(sources, "gateway.yaml");
    const uses = (/** @type {string[]} */ names) => names.map((name) => `{ use: ./${name} }`).join(", ");
    await writeFile(
      gateway,
      [
        `listener: { host: 127.0.0.1, port: ${this.port} }`,
        `upstreams: { api: { url: "${this.upstream}" } }`,
        "routes:",
        ...(this.bad.length === 0
          ? []
          : [
              `  - { upstream: api, match: { pathPrefix: /bad }, limits: ${this.limits}, policies: [${uses(this.bad)}] }`,
            ]),
        `  - { upstream: api, limits: ${this.limits}, policies: [${uses(this.policies)}] }`,
        "log: { level: error }",
        "",
      ].join("\n"),
    );
    const folder = join(this.folder, `compiled-${version}`);
    const target = ["--target", this.native ? "envoy-native" : "proxy-wasm"];
    const { status, stderr } = spawnSync(process.execPath, [sluice, "envoy", gateway, "-o", folder, ...target], {
      encoding: "utf8",
    });
    if (status !== 0) {
      throw new Error(stderr);
    }
    const files = await readdir(join(folder, "modules"));
    const library = files.find((name) => name.endsWith(".so"));
    const module = files.find((name) => name !== library) ?? "";
    if (library !== undefined) {
      this.#library ??= join(folder, "modules", library);
    }
    this.#compiled.push({ folder, version, module, code: await readFile(join(folder, "modules", module)) });
  }

  /** Compiles the versions and puts the first in place. @param {readonly string[]} versions @returns {Promise<string>} Envoy's bootstrap, a file */
  async begin(versions) {
    for (const version of versions) {
      await this.#compile(version);
    }
    await this.release(0);
    const file = join(this.folder, "bootstrap.json");
    await writeFile(file, JSON.stringify(await this.#bootstrap()));
    return file;
  }

  /** Lines of what Envoy has counted. @param {string} filter @returns {Promise<string[]>} */
  async stats(filter) {
    const response = await fetch(`http://127.0.0.1:${this.adminPort}/stats?filter=${encodeURIComponent(filter)}`);
    return (await response.text()).split("\n");
  }

  /** MiB that Envoy's allocator has given out. */
  async allocated() {
    const response = await fetch(`http://127.0.0.1:${this.adminPort}/memory`);
    const { allocated } = /** @type {{ allocated: string }} */ (await response.json());
    return Number(allocated) / 2 ** 20;
  }

  /** Of what is written all but the listener, which comes from a file that Envoy watches. */
  async #bootstrap() {
    const [first] = this.#compiled;
    const written = /** @type {Record<string, any>} */ (
      parse(await readFile(join(first?.folder ?? "", "envoy.yaml"), "utf8"))
    );
    const { listeners: _, ...resources } = written["static_resources"];
    return {
      ...written,
      node: { id: "gateway", cluster: "gateway" },
      admin: { address: { socket_address: { address: "127.0.0.1", port_value: this.adminPort } } },
      static_resources: resources,
      dynamic_resources: {
        lds_config: { resource_api_version: "V3", path_config_source: { path: this.listenerFile } },
      },
    };
  }

  /** Puts a new module in place; resolves with the version that it tells of itself. @param {number} number */
  async release(number) {
    const compiled = this.#compiled[number % this.#compiled.length];
    if (compiled === undefined) {
      throw new Error("Nothing was compiled.");
    }
    const folder = join(this.folder, `release-${number}`);
    await mkdir(join(folder, "modules"), { recursive: true });
    const other = this.native ? namedAnew(compiled.code, number) : [compiled.code, customSection(`release ${number}`)];
    await writeFile(join(folder, "modules", compiled.module), other);
    if (this.#library !== undefined) {
      // The loader knows it by its file, not by its path.
      await link(this.#library, join(folder, "modules", basename(this.#library)));
    }
    const text = await readFile(join(compiled.folder, "envoy.yaml"), "utf8");
    const written = /** @type {Record<string, any>} */ (parse(text.replaceAll(compiled.folder, folder)));
    const [listener] = written["static_resources"].listeners;
    const resource = { "@type": "type.googleapis.com/envoy.config.listener.v3.Listener", ...listener };
    const temporary = `${this.listenerFile}.new`;
    await writeFile(temporary, JSON.stringify({ version_info: String(number), resources: [resource] }));
    await rename(temporary, this.listenerFile);
    this.#folders.push(folder);
    if (this.#folders.length > 10) {
      await rm(this.#folders.shift() ?? "", { recursive: true });
    }
    return compiled.version;
  }
}

/**
 * The policies' file with another name in its first line: what counts is what is in it, so to libsluice it is another one.
 * @param {Buffer} code @param {number} number
 */
function namedAnew(code, number) {
  const lineEnd = code.indexOf("\n");
  return [code.subarray(0, lineEnd), Buffer.from(`-${number}`), code.subarray(lineEnd)];
}

/** Makes other bytes of a module that do the same: to Envoy another module. @param {string} text */
function customSection(text) {
  const name = Buffer.from("of");
  const payload = Buffer.from(text);
  return Buffer.from([0, 1 + name.length + payload.length, name.length, ...name, ...payload]);
}
