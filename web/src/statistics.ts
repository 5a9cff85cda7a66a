/** 97.5% points of Student's t by degrees of freedom, 1 to 30. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
];

export interface Fold {
  value: number;
  low: number;
  high: number;
}

/** The mean of what several seeds measured, with its 95% t-interval; one alone has no interval. */
export function folded(values: readonly number[]): Fold {
  const n = values.length;
  const value = values.reduce((sum, one) => sum + one, 0) / n;
  if (n < 2) {
    return { value, low: value, high: value };
  }
  const squares = values.reduce((sum, one) => sum + (one - value) ** 2, 0);
  const reach = (T[n - 2] ?? 1.96) * Math.sqrt(squares / (n - 1) / n);
  return { value, low: value - reach, high: value + reach };
}
