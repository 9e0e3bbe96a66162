import { mkdir, readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { templates } from "../../src/cli/templates.js";
import { CliProcess } from "./cli-process.js";
import { TemporaryProject } from "./temporary-project.js";

async function create(
  project: TemporaryProject,
  ...args: string[]
): Promise<{ exit: number | string; stdout: string; stderr: string }> {
  await using cli = new CliProcess(["new", ...args], { cwd: project.folder });
  return { exit: await cli.exit(), stdout: cli.stdout, stderr: cli.stderr };
}

async function manifest(project: TemporaryProject, name: string): Promise<Record<string, Record<string, string>>> {
  return JSON.parse(await readFile(project.path(`${name}/package.json`), "utf8")) as Record<
    string,
    Record<string, string>
  >;
}

describe("sluice new", () => {
  it("makes a project of its name, and says what to do next in four lines", async () => {
    await using project = await TemporaryProject.create({});
    const { exit, stdout, stderr } = await create(project, "shop-key");

    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(
      stdout
        .split("\n\n")[1]
        ?.trimEnd()
        .split("\n")
        .map((line) => line.trim().split(/ {2,}/)[0]),
    ).toEqual([
      "cd shop-key && npm install",
      "npm test",
      "npm run dev",
      "curl -i -H 'x-api-key: acme' http://127.0.0.1:8080/",
    ]);
    expect((await readdir(project.path("shop-key"))).sort()).toEqual([
      ".gitignore",
      ".npmrc",
      "README.md",
      "gateway.yaml",
      "package.json",
      "policy.cases.yaml",
      "policy.test.ts",
      "policy.ts",
      "tsconfig.json",
      "tsconfig.policy.json",
      "tsconfig.test.json",
    ]);
    expect(await manifest(project, "shop-key")).toMatchObject({
      name: "shop-key",
      scripts: { build: "sluice build policy.ts -o dist/shop-key.wasm" },
    });
    const readme = await readFile(project.path("shop-key/README.md"), "utf8");
    expect(readme).toMatch(/^# shop-key\n/);
    expect(readme).not.toContain("my-policy");
  });

  it.each(Object.keys(templates))("begins with the template %s, as it stands", async (template) => {
    await using project = await TemporaryProject.create({});
    await create(project, "made", "--template", template);

    const standing = fileURLToPath(new URL(`../../templates/${template}/`, import.meta.url));
    for (const file of await readdir(standing)) {
      expect(await readFile(project.path(`made/${file}`), "utf8")).toBe(await readFile(`${standing}${file}`, "utf8"));
    }
  });

  it("takes Sluice from the checkout that it runs in", async () => {
    await using project = await TemporaryProject.create({});
    await create(project, "made");

    const { devDependencies } = await manifest(project, "made");
    expect(new URL(devDependencies!["sluice"]!.replace("file:", ""), `file://${project.path("made/")}`).href).toBe(
      new URL("../..", import.meta.url).href.replace(/\/$/, ""),
    );
    expect(await readFile(project.path("made/.npmrc"), "utf8")).toContain("\ninstall-links=true\n");
  });

  it("takes a folder that is empty, also the one that it is called in", async () => {
    await using project = await TemporaryProject.create({});
    await mkdir(project.path("made"));
    await using cli = new CliProcess(["new", "."], { cwd: project.path("made") });
    expect(await cli.exit()).toBe(0);
    expect(cli.stdout).toMatch(/^this folder: a policy that [^]*\n {2}npm install\n/);
    expect((await manifest(project, "made"))["name"]).toBe("made");

    expect((await create(project, "made")).exit).toBe(2);
    await using again = new CliProcess(["new", "."], { cwd: project.path("made") });
    expect(await again.exit()).toBe(2);
    expect(again.stderr).toContain("this folder: expected a folder that is empty");
  });

  it("writes nothing where something is already", async () => {
    await using project = await TemporaryProject.create({ "made/notes.txt": "mine", file: "mine" });
    const taken = await create(project, "made");
    expect(taken).toMatchObject({ exit: 2, stdout: "" });
    expect(taken.stderr).toContain(
      "made: expected a folder that is empty, or none; there is notes.txt.\n\nFOLDER_NOT_EMPTY: ",
    );
    expect((await create(project, "file")).stderr).toContain("there is a file.");
    expect(await readdir(project.path("made"))).toEqual(["notes.txt"]);
  });

  it("ends where no folder can be made", async () => {
    await using project = await TemporaryProject.create({});
    const { exit, stderr } = await create(project, "/proc/missing/made");
    expect(exit).toBe(2);
    expect(stderr).toMatch(/missing\/made: the project could not be written: ENOENT.*\n\nOUTPUT_FAILED: /);
  });

  it.each(["My Policy", "_x", "node_modules", "sluice", "valibot", "x".repeat(215)])(
    "refuses the name %s",
    async (name) => {
      await using project = await TemporaryProject.create({});
      const { exit, stderr } = await create(project, name);
      expect(exit).toBe(2);
      expect(stderr).toContain(`${JSON.stringify(name)} cannot be the name of a project: `);
      expect(await readdir(project.folder)).toEqual([]);
    },
  );

  it("refuses a template that there is not, and lists those that there are", async () => {
    await using project = await TemporaryProject.create({});
    const { exit, stderr } = await create(project, "made", "--template", "jwt");
    expect(exit).toBe(2);
    expect(stderr).toContain("Allowed choices are request, response, auth, body, ratelimit.");
    expect(await readdir(project.folder)).toEqual([]);
  });
});
