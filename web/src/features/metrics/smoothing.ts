/** The weight of what came before, where somebody says no more than that it is to be smooth. */
export const USUAL_SMOOTHING = 0.9;

/** Beyond it a curve shows hardly more than its beginning. */
export const STRONGEST_SMOOTHING = 0.99;

export function isSmoothing(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= STRONGEST_SMOOTHING;
}

/** The exponential mean of a column, without the pull to 0 that its beginning would have. */
export function smoothed(column: readonly (number | null)[], memory: number): (number | null)[] {
  let [sum, weight] = [0, 0];
  return column.map((value) => {
    if (value === null) {
      return null;
    }
    sum = memory * sum + (1 - memory) * value;
    weight = memory * weight + (1 - memory);
    return sum / weight;
  });
}
