import { expect, it } from "vitest";
import { coloursOf } from "./inks";

it("keeps the meaning of a colour, and gives each line one of its own", () => {
  expect(coloursOf(["loss", "gap_reasoning", "reward_reasoning", "gap_perception"])).toEqual([
    "accent",
    "reasoning",
    "answer",
    "perception",
  ]);
});
