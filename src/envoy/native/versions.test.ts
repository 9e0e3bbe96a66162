import { expect, it } from "vitest";
import { assertNativeVersion } from "./versions.js";

it.each(["1.38.0", "1.39.3", "1.40.0"])("Envoy %s has what libsluice calls", (version) => {
  expect(() => {
    assertNativeVersion(version, "envoy");
  }).not.toThrow();
});

it.each(["1.37.9", "1.41.0", "2.38.0", "1.4.0"])(
  "Envoy %s is refused, with the versions that there may be",
  (version) => {
    expect(() => {
      assertNativeVersion(version, "/usr/bin/envoy");
    }).toThrow(
      expect.objectContaining({
        code: "ENVOY_VERSION",
        message: expect.stringContaining(
          `/usr/bin/envoy: expected Envoy 1.38 to 1.40, which libsluice is made for, got ${version}`,
        ) as string,
      }),
    );
  },
);
