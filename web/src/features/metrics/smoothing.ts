/** The weight of what came before. */
const MEMORY = 0.9;

/** The exponential mean of a column, without the pull to 0 that its beginning would have. */
export function smoothed(column: readonly (number | null)[]): (number | null)[] {
  let [sum, weight] = [0, 0];
  return column.map((value) => {
    if (value === null) {
      return null;
    }
    sum = MEMORY * sum + (1 - MEMORY) * value;
    weight = MEMORY * weight + (1 - MEMORY);
    return sum / weight;
  });
}
