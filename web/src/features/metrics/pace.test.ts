import { afterEach, beforeEach, expect, it, vi } from "vitest";

let pace: typeof import("./pace");
let drawn: string[];

const frame = vi.fn((draw: () => void) => setTimeout(draw, 16));

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("requestAnimationFrame", frame);
  vi.resetModules();
  pace = await import("./pace");
  drawn = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  frame.mockClear();
});

const soon = (name: string) => pace.drawSoon(() => drawn.push(name));

it("draws in one frame all that waits, and nothing that was taken back", () => {
  soon("gap");
  const takeBack = soon("loss");
  soon("reward");
  takeBack();
  vi.advanceTimersByTime(20);
  expect(drawn).toEqual(["gap", "reward"]);
  expect(frame).toHaveBeenCalledTimes(1);
});

it("draws again only after a quarter of a second", () => {
  soon("first");
  vi.advanceTimersByTime(20);
  soon("second");
  vi.advanceTimersByTime(200);
  expect(drawn).toEqual(["first"]);
  vi.advanceTimersByTime(80);
  expect(drawn).toEqual(["first", "second"]);
});

it("draws at once what somebody waits for, whether it waits already or comes after", () => {
  soon("first");
  vi.advanceTimersByTime(20);
  soon("second");
  pace.hurry();
  vi.advanceTimersByTime(20);
  expect(drawn).toEqual(["first", "second"]);
  pace.hurry();
  soon("third");
  vi.advanceTimersByTime(20);
  expect(drawn).toEqual(["first", "second", "third"]);
});
