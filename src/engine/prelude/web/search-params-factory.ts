/** What the implementation of `URL` in `whatwg-url` gets in place of that package's wrapper: it needs no more of it than this. */
import { implementation } from "whatwg-url/lib/URLSearchParams-impl.js";

export function createImpl(
  globalObject: object,
  init: [string],
  options: { doNotStripQMark: boolean },
): InstanceType<typeof implementation> {
  return new implementation(globalObject, init, options);
}
