/** Whether two settings say the same, however their keys are ordered. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, sorted) === JSON.stringify(other, sorted);
}

function sorted(_: string, value: unknown): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}

/** A setting in words, for a button that goes back to it. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) {
    return "none";
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? "none" : value.map(describe).join(", ");
  }
  if (typeof value === "object") {
    const parts = Object.entries(value).map(([key, part]) => `${key} ${describe(part)}`);
    return parts.length === 0 ? "none" : parts.join(", ");
  }
  return typeof value === "boolean" ? (value ? "on" : "off") : String(value);
}
