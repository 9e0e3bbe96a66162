/** The package of docs/services/write-a-service.md as users get it: compiled, and installed where a policy of theirs is. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Engine } from "../../src/cases/engine.js";
import { readProjectFile } from "../../src/cases/project-file.js";
import { runCases } from "../../src/cases/run-cases.js";
import { typeProblemsIn } from "../support/type-check.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const source = fileURLToPath(new URL("./acme-quota/", import.meta.url));

const policy = `import { definePolicy, Response } from "sluice";
import { noteCost, notedCost, quota } from "@acme/quota";
import * as v from "valibot";

export default definePolicy({
  config: v.object({ limit: v.number() }),
  configure: (context) => ({ perClient: quota(context, { limit: context.config.limit, window: 3_600_000 }) }),
  onRequest(request, context) {
    if (!context.resources.perClient.take(request.headers.get("x-client") ?? "")) return new Response(null, { status: 429 });
    noteCost(context, 7);
  },
  onResponse(response, context) { response.headers.set("x-cost", String(notedCost(context))); },
});
`;

/** Notes nothing itself. */
const other = `import { definePolicy } from "sluice";
import { notedCost } from "@acme/quota";

export default definePolicy({
  onRequest(request, context) { request.headers.set("x-cost", String(notedCost(context))); },
});
`;

const cases = `cases:
  - name: a client's third request is refused, another client's is not
    config: { limit: 2 }
    steps:
      - &ada { request: { method: GET, path: /, headers: [[x-client, ada]] }, expect: { status: 200, headers: { x-cost: "7" }, upstream: reached } }
      - *ada
      - { request: { method: GET, path: /, headers: [[x-client, ada]] }, expect: { status: 429, upstream: not-reached } }
      - { request: { method: GET, path: /, headers: [[x-client, eve]] }, expect: { status: 200, upstream: reached } }
  - name: the policies behind read what was noted
    config: { limit: 2 }
    chain: [self, { policy: ./other.ts, name: other }]
    steps:
      - { request: { method: GET, path: /, headers: [[x-client, bob]] }, expect: { status: 200, upstream: { headers: { x-cost: "7" } } } }
`;

export interface InstalledProject {
  readonly folder: string;
  /** What the compiler says of the package and of the policies. */
  readonly complaints: readonly string[];
  /** What was not as it must be in a case; by its name. */
  run(engine: Engine): Promise<Record<string, readonly string[]>>;
  remove(): void;
}

/** Below this project, so that other packages are found. */
export async function installPackage(name: string): Promise<InstalledProject> {
  const folder = `${root}.cache/${name}-${process.pid}`;
  const installed = join(folder, "node_modules/@acme/quota");
  mkdirSync(installed, { recursive: true });
  cpSync(join(source, "package.json"), join(installed, "package.json"));
  const files = { "policy.ts": policy, "other.ts": other, "policy.cases.yaml": cases };
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(join(folder, file), text);
  }
  // In the world of policies, against the sources.
  const world = `${root}tsconfig.policies.json`;
  const outDir = join(folder, "compiled");
  const emitting = { noEmit: false, declaration: true, outDir };
  const ofPackage = await typeProblemsIn(world, [join(source, "index.ts")], emitting);
  cpSync(join(outDir, "test/services/acme-quota"), installed, { recursive: true });
  const ofPolicies = await typeProblemsIn(world, [join(folder, "policy.ts"), join(folder, "other.ts")]);
  return {
    folder,
    complaints: [...ofPackage, ...ofPolicies].map(({ text }) => text),
    async run(engine) {
      const outcomes: Record<string, readonly string[]> = {};
      await runCases(
        engine,
        await readProjectFile(join(folder, "policy.cases.yaml")),
        ({ name: ran, problems, lacking }) => {
          outcomes[ran] = [...problems, ...lacking];
        },
      );
      return outcomes;
    },
    remove() {
      rmSync(folder, { recursive: true });
    },
  };
}

export const allPassed = {
  "a client's third request is refused, another client's is not": [],
  "the policies behind read what was noted": [],
};
