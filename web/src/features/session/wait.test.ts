import { expect, it } from "vitest";
import { continued, NO_WAIT } from "./wait";

it("counts what was asked and answered until nothing more is waited for", () => {
  const steps = [2, 5, 3, 4].reduce(
    (wait, going, index) => continued(wait, going, 100 + index),
    NO_WAIT,
  );
  expect(steps).toEqual({ going: 4, asked: 6, since: 100 });
  expect(continued(steps, 0, 200)).toEqual(NO_WAIT);
  expect(continued(NO_WAIT, 1, 300)).toEqual({ going: 1, asked: 1, since: 300 });
});
