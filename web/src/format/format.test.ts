import { expect, it } from "vitest";
import { formatNumber, formatSize } from "./numbers";
import { formatAgo, formatDuration, formatWait } from "./time";

it.each([
  [0, "0"],
  [1.92345, "1.923"],
  [-0.5, "-0.500"],
  [0.0015, "0.00150"],
  [61.86, "61.86"],
  [3836.2, "3,836"],
  [1e-6, "1.00e-6"],
  [2.5e7, "2.50e7"],
])("writes %d as %s", (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

it.each([
  [8, "8 s"],
  [200, "3 m 20 s"],
  [8040, "2 h 14 m"],
  [90000, "1 d 1 h"],
])("writes %d seconds as %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

it("writes sizes in binary units", () => {
  expect(formatSize(512)).toBe("512 B");
  expect(formatSize(6_400_000)).toBe("6.1 MiB");
});

it("writes how long ago something was", () => {
  const now = Date.parse("2030-01-02T00:00:00Z");
  expect(formatAgo("2030-01-01T23:56:00Z", now)).toBe("4 m ago");
  expect(formatAgo("2029-12-30T00:00:00Z", now)).toBe("3 d ago");
});

it("says how long something waits no more exactly than is known", () => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  const wait = (low: number, high: number) =>
    formatWait({ earliest: at(1000 + low), latest: at(1000 + high) }, 1_000_000);
  expect(wait(5, 40)).toBe("less than a minute");
  expect(wait(-90, -20)).toBe("less than a minute");
  expect(wait(20, 300)).toBe("at most 5 m");
  expect(wait(700, 730)).toBe("about 12 m");
  expect(wait(600, 840)).toBe("10 m to 14 m");
  expect(wait(3300, 8100)).toBe("55 m to 2 h 15 m");
});
