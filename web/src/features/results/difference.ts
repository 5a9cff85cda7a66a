import type { Estimate, PairedDifference } from "@/api/schema";

/** By how much one number exceeds another, with the 95% interval of that. */
export interface Difference {
  value: number;
  low: number;
  high: number;
}

/**
 * The difference of two estimates as if they came from different items.
 *
 * The interval is put together from those of the two (Newcombe 1998, method 10): each end takes the
 * distance to the one's nearer end and to the other's further end, squared and summed.
 */
export function difference(one: Estimate, other: Estimate): Difference {
  const value = one.value - other.value;
  return {
    value,
    low: value - Math.hypot(one.value - one.low, other.high - other.value),
    high: value + Math.hypot(one.high - one.value, other.value - other.low),
  };
}

/** 1 or -1 where the interval of a difference excludes 0, else 0. */
export function signOf({ low, high }: Difference): -1 | 0 | 1 {
  return low > 0 ? 1 : high < 0 ? -1 : 0;
}

/** Chance of being wrong where nothing differs, up to which a paired difference is marked. */
const LEVEL = 0.05;

/** 1 or -1 where the paired test tells the two apart, else 0. */
export function pairedSign({ p, difference: { value } }: PairedDifference): -1 | 0 | 1 {
  return p >= LEVEL || value === 0 ? 0 : value > 0 ? 1 : -1;
}

/** `= 0.031`, or `< 0.001`. */
export function formatP(p: number): string {
  return p < 0.001 ? "< 0.001" : `= ${p.toFixed(3)}`;
}
