import type { DeviceSnapshot, QueueSnapshot, WorkerSnapshot } from "@/api/schema";
import { formatSize } from "@/format/numbers";

const DAY = 86_400_000;

/** What GPUs are, in words: `8 × H100, 80 GB`; kinds apart where a slot has several. */
export function describeDevices(devices: readonly DeviceSnapshot[]): string {
  const counts = new Map<string, number>();
  for (const { name, memory } of devices) {
    const kind = memory ? `${name}, ${formatSize(memory * 2 ** 20)}` : name || "part of a GPU";
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${count} × ${kind}`).join(" and ");
}

/** What GPUs do together, in words; what the driver does not tell is left out. */
export function describeUse(devices: readonly DeviceSnapshot[]): string {
  const uses = devices.flatMap(({ use }) => (use ? [use] : []));
  const utilisation = uses.flatMap(({ utilisation }) => utilisation ?? []);
  const memory = uses.flatMap(({ memory }) => memory ?? []);
  const power = uses.flatMap(({ power }) => power ?? []);
  return [
    ...(utilisation.length > 0
      ? [`${Math.round((100 * sum(utilisation)) / utilisation.length)}% busy`]
      : []),
    ...(memory.length > 0 ? [`${formatSize(sum(memory))} used`] : []),
    ...(power.length > 0 ? [`${Math.round(sum(power))} W`] : []),
  ].join(", ");
}

/** What serves a queue, in words: `1 of 2 slots free, 8 GPUs`. */
export function describeSlots({ slots, free, gpus }: QueueSnapshot): string {
  if (slots === 0) {
    return "no slots";
  }
  const owned = gpus > 0 ? `, ${gpus} ${gpus === 1 ? "GPU" : "GPUs"}` : "";
  return `${free} of ${slots} ${slots === 1 ? "slot" : "slots"} free${owned}`;
}

/** GPU time as hours: `0.4`, `16.0`, `1,234`. */
export function formatHours(seconds: number): string {
  const hours = seconds / 3600;
  return hours >= 100 ? Math.round(hours).toLocaleString("en-US") : hours.toFixed(1);
}

/** How much is held of how much may be: `2 of 4`, or `2` without a limit. */
export function formatHeld(held: number, most: number | null | undefined): string {
  return most == null ? String(held) : `${held} of ${most}`;
}

/** Workers that are there or were within a day, and how many others were ever known. */
export function presentWorkers(workers: readonly WorkerSnapshot[], now: number) {
  const present = workers.filter(
    ({ state, seen_at }) => state !== "offline" || now - Date.parse(seen_at) < DAY,
  );
  return { present, gone: workers.length - present.length };
}

/** A quota as it is typed: nothing is no limit, and what is no whole number is no quota. */
export function readQuota(text: string): number | null | undefined {
  const typed = text.trim();
  if (typed === "") {
    return null;
  }
  return /^\d{1,9}$/.test(typed) ? Number(typed) : undefined;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
