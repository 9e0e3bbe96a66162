import { expect, it } from "vitest";
import { didYouMean } from "./did-you-mean.js";

it.each([
  ["prot", ["port", "host"], ': did you mean "port"?'],
  ["upstrem", ["upstream", "upstreams"], ': did you mean "upstream"?'],
  ["partialrequests", ["partialRequests"], ': did you mean "partialRequests"?'],
  ["limit", ["limits", "list"], ': did you mean "limits"?'],
  ["zebra", ["port", "host"], ""],
  ["x", [], ""],
])("%s among %j: %s", (word, candidates, expected) => {
  expect(didYouMean(word, candidates)).toBe(expected);
});
