/** A curve through points (step, value) that fills a box; nothing where there is no curve yet. */
export function pathOf(
  points: readonly (readonly [number, number, ...unknown[]])[],
  width: number,
  height: number,
): string {
  if (points.length < 2) {
    return "";
  }
  const x = scale(
    points.map(([step]) => step),
    width,
  );
  const y = scale(
    points.map(([, value]) => value),
    height,
  );
  return points
    .map(([step, value], place) => {
      const at = `${x(step).toFixed(1)} ${(height - y(value)).toFixed(1)}`;
      return `${place === 0 ? "M" : "L"} ${at}`;
    })
    .join(" ");
}

/** From numbers to pixels; numbers that are all the same lie in the middle. */
function scale(numbers: readonly number[], size: number): (number: number) => number {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return (number) => (most === least ? size / 2 : (size * (number - least)) / (most - least));
}
