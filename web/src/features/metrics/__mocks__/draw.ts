import { vi } from "vitest";

/** jsdom has no canvas; what is drawn is tested in a browser, what is to be drawn by the tests that use this. */
export const HEIGHT = 168;
export const draw = vi.fn();
export const dataOf = vi.fn();
export const markDrawn = vi.fn();
export const isLogarithmic = () => false;
