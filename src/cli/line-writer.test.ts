import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { LineWriter } from "./line-writer.js";

function temporaryFile(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-lines-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  return join(folder, name);
}

function opened(path: string, flags: string | number): number {
  const descriptor = openSync(path, flags);
  onTestFinished(() => {
    closeSync(descriptor);
  });
  return descriptor;
}

it("what waits when the process ends is written then, behind what was written before", async () => {
  const file = temporaryFile("log");
  const writer = new LineWriter(opened(file, "w"), 1_000);
  writer.write("a\n");
  await expect.poll(() => readFileSync(file, "utf8")).toBe("a\n");
  writer.write("b\n");
  writer.write("c\n");
  await expect.poll(() => readFileSync(file, "utf8")).toBe("a\nb\nc\n");
  writer.flush();
  expect(readFileSync(file, "utf8")).toBe("a\nb\nc\n");
});

it("a reader that takes nothing for a while gets every line, in order; what is beyond the limit is lost", async () => {
  const fifo = temporaryFile("fifo");
  execFileSync("mkfifo", [fifo]);
  const reader = opened(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = new LineWriter(opened(fifo, constants.O_WRONLY | constants.O_NONBLOCK), 200_000);
  const lines = Array.from({ length: 2_000 }, (_, i) => `${String(i)} ${"x".repeat(90)}\n`);
  writer.write(lines.slice(0, 1_000).join(""));
  writer.write(lines.slice(1_000).join(""));
  writer.write("y".repeat(200_000));
  let text = "";
  const buffer = Buffer.alloc(65_536);
  await expect
    .poll(
      () => {
        try {
          text += buffer.toString("latin1", 0, readSync(reader, buffer));
        } catch {
          // Nothing is there yet.
        }
        return text;
      },
      { timeout: 10_000 },
    )
    .toBe(lines.join(""));
});

it("a descriptor that takes nothing at all does no harm", () => {
  const writer = new LineWriter(opened(temporaryFile("log"), constants.O_RDONLY | constants.O_CREAT), 1_000);
  writer.write("a\n");
  writer.flush();
  expect(() => {
    writer.write("b\n");
  }).not.toThrow();
});
