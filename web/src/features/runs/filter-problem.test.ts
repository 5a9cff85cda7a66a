import { expect, it } from "vitest";
import { placeOfProblem } from "./filter-problem";

it("marks the word that the server stumbled over", () => {
  expect(placeOfProblem("state = fialed and x", "character 9: there is no state fialed")).toEqual({
    from: 8,
    to: 14,
    words: "there is no state fialed",
  });
  expect(placeOfProblem("a and (", "character 8: a condition is missing")).toMatchObject({
    from: 7,
    to: 7,
  });
  expect(placeOfProblem("abc", "longer than it may be")).toEqual({
    from: 3,
    to: 3,
    words: "longer than it may be",
  });
});
