import { expect, it } from "vitest";
import { SluiceError } from "../../errors.js";
import { findLibrary, type Machine, processorOf } from "./library.js";

it.each(["x64", "arm64"] as const)("there is a library for Linux with glibc on %s", (arch) => {
  expect(processorOf({ platform: "linux", arch, glibc: true })).toBe(arch);
});

it.each<[Machine, string]>([
  [{ platform: "linux", arch: "x64", glibc: false }, "linux without glibc on x64"],
  [{ platform: "linux", arch: "riscv64", glibc: true }, "linux on riscv64"],
  [{ platform: "darwin", arch: "arm64", glibc: false }, "darwin on arm64"],
  [{ platform: "win32", arch: "x64", glibc: false }, "win32 on x64"],
])("where there is none the error says what would run there: %j", (machine, shown) => {
  expect(() => processorOf(machine)).toThrow(
    expect.objectContaining({
      code: "NATIVE_LIBRARY",
      message: expect.stringMatching(new RegExp(`this is ${shown}: .*proxy-wasm`)) as string,
    }),
  );
});

it("a library that is not installed is named with the command that installs it", async () => {
  const missing = process.arch === "x64" ? "arm64" : "x64";
  const error: unknown = await findLibrary(missing).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SluiceError);
  expect((error as SluiceError).code).toBe("NATIVE_LIBRARY");
  expect((error as SluiceError).message).toMatch(
    new RegExp(`npm install --os=linux --cpu=${missing} --libc=glibc @sluice/envoy-linux-${missing}@\\d`),
  );
});
