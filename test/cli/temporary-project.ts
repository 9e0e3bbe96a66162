import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder with files for one test. */
export class TemporaryProject {
  private constructor(readonly folder: string) {}

  static async create(files: Record<string, string | Uint8Array>): Promise<TemporaryProject> {
    const project = new TemporaryProject(await realpath(await mkdtemp(join(tmpdir(), "sluice-cli-"))));
    for (const [name, content] of Object.entries(files)) {
      await project.write(name, content);
    }
    return project;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), content);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}

/** A policy that answers every request, once it is complete, with `text`. */
export function answering(text: string): string {
  return `import { definePolicy, Response } from "sluice";

export default definePolicy({
  async onRequest(request) {
    const state = await request.intoHeadersState();
    if (state.containsBody) {
      await state.intoBodyState();
    }
    return new Response(200).withBody(${JSON.stringify(text)});
  },
});
`;
}
