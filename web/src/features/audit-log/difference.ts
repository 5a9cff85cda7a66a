import type { ChangeSnapshot } from "@/api/schema";

/** What became of what, in one line: `role: viewer → admin`. */
export function difference({ before, after }: ChangeSnapshot): string {
  const names = Object.keys({ ...before, ...after });
  return names
    .map((name) => {
      const [old, fresh] = [before?.[name], after?.[name]].map(plain);
      if (before && after) {
        return `${name}: ${old} → ${fresh}`;
      }
      return `${name}: ${before ? old : fresh}`;
    })
    .join(", ");
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
