import { expect, it } from "vitest";
import { pathOf } from "./spark-path";

it("fills the box from the first step to the last and from the least value to the most", () => {
  const points = [
    [1, 4],
    [3, 0],
    [5, 2],
  ] as const;
  expect(pathOf(points, 40, 20)).toBe("M 0.0 0.0 L 20.0 20.0 L 40.0 10.0");
  expect(pathOf([points[0]], 40, 20)).toBe("");
  const same = [
    [1, 3],
    [2, 3],
  ] as const;
  expect(pathOf(same, 40, 20)).toBe("M 0.0 10.0 L 40.0 10.0");
});
