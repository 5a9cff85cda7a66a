import { parse } from "yaml";
import type { Grid } from "@/api/schema";

/** What is varied of a recipe, as somebody writes it: values are texts until they are read. */
export interface Arms {
  settings: { path: string; values: string }[];
  ablations: { label: string; changes: { path: string; value: string }[] }[];
  seeds: string;
  mostAtOnce: string;
}

export const NO_ARMS: Arms = { settings: [], ablations: [], seeds: "", mostAtOnce: "" };

/** Whether the arms make a study of a recipe. */
export function isStudy({ settings, ablations, seeds }: Arms): boolean {
  return settings.length > 0 || ablations.length > 0 || seeds.trim() !== "";
}

/** The grid that the texts say. Raises an error that names the text which cannot be read. */
export function gridOf({ settings, ablations, seeds }: Arms): Grid {
  return {
    settings: Object.fromEntries(settings.map(({ path, values }) => [path.trim(), listOf(values)])),
    ablations: ablations.map(({ label, changes }) => ({
      label,
      changes: Object.fromEntries(
        changes.map(({ path, value }) => [path.trim(), listOf(value)[0] ?? null]),
      ),
    })),
    seeds: listOf(seeds) as number[],
    labels: {},
  };
}

export function mostAtOnceOf({ mostAtOnce }: Arms): number | null {
  const limit = Number(mostAtOnce);
  return mostAtOnce.trim() === "" || !Number.isInteger(limit) ? null : limit;
}

/** Values between commas, each read as YAML reads it, so that `{kind: dapo}` is one too. */
export function listOf(text: string): unknown[] {
  try {
    const found: unknown = parse(`[${text}]`);
    return Array.isArray(found) ? found : [];
  } catch {
    throw new Error(`“${text}” is no list of values; write them with commas between.`);
  }
}

/** So many seeds, from one on. */
export function seedsFrom(first: number, count: number): string {
  return Array.from({ length: count }, (_, place) => first + place).join(", ");
}

/** A list with one value taken in, or out where it is there already. */
export function withValueToggled(values: string, value: string): string {
  const there = values
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  const changed = there.includes(value) ? there.filter((one) => one !== value) : [...there, value];
  return changed.join(", ");
}

export function isArms(value: unknown): value is Arms {
  const arms = value as Partial<Arms> | null;
  return (
    Array.isArray(arms?.settings) &&
    Array.isArray(arms.ablations) &&
    typeof arms.seeds === "string" &&
    typeof arms.mostAtOnce === "string"
  );
}
