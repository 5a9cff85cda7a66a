import type { DatasetSnapshot, ImportReport } from "@/api/schema";
import { formatCount } from "@/format/numbers";

/** `train 900, test 100`, the largest split first. */
export function splitLine(splits: Record<string, number>): string {
  return Object.entries(splits)
    .sort(([, one], [, other]) => other - one)
    .map(([name, rows]) => `${name} ${formatCount(rows)}`)
    .join(", ");
}

/** Rows that an import could not use; nothing for a data set that was not imported. */
export function quarantinedRows({ imported }: DatasetSnapshot): number | undefined {
  return imported ? imported.rows - imported.imported : undefined;
}

const MEANINGS: Record<string, string> = {
  not_json: "not JSON",
  too_deep: "nested too deeply",
  too_long: "too long",
  damaged_file: "file damaged from here",
  wrong_shape: "fields missing or of another kind",
  unsupported: "tools, video or audio",
  unreadable_text: "NUL or half a character in a text",
  placeholders: "placeholders and images differ in number",
  gold: "gold answer cannot be used",
  demonstration: "demonstration lacks a section",
  image_missing: "image missing",
  image_outside: "image outside of its folder",
  image_remote: "image on the network",
  image_too_large: "image too large",
  image_broken: "image does not decode",
};

export interface Refused {
  reason: string;
  meaning: string;
  rows: number;
}

/** Why rows were quarantined, the most frequent reason first. */
export function refusedRows({ quarantined }: ImportReport): Refused[] {
  return Object.entries(quarantined)
    .map(([reason, rows]) => ({ reason, rows, meaning: MEANINGS[reason] ?? reason }))
    .sort((one, other) => other.rows - one.rows || one.reason.localeCompare(other.reason));
}
