import { expect, it } from "vitest";
import { isNew } from "./last-here";

it("tells what happened since from what was there before", () => {
  const since = Date.parse("2030-01-01T10:00:00Z");
  expect(isNew("2030-01-01T10:00:01Z", since)).toBe(true);
  expect(isNew("2030-01-01T09:59:59Z", since)).toBe(false);
  expect(isNew(null, since)).toBe(false);
});
