import type { Estimate } from "@/api/schema";

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
