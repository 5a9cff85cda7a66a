import type { MetricMeaning } from "@/api/schema";

/** What a metric is called and means; one that came with an import is known by its name alone. */
export function meaningOf(name: string, catalog: readonly MetricMeaning[]): MetricMeaning {
  return (
    catalog.find((metric) => metric.name === name) ?? {
      name,
      title: name,
      meaning: "Measured under this name by the tracker from which the run was imported.",
      unit: "",
      better: "neither",
      timing: false,
    }
  );
}
