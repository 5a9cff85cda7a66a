import { useState } from "react";
import type { MetricMeaning } from "@/api/schema";
import { Input } from "@/components/ui/input";
import { inOrder } from "./plan-charts";

/** More curves in one chart could not be told apart. */
const MOST_METRICS = 6;

interface MetricChoiceProps {
  chosen: readonly string[];
  present: readonly string[];
  catalog: readonly MetricMeaning[];
  onChange: (metrics: string[]) => void;
}

/** Metrics to be found by a few letters; those that were measured here come first. */
export function MetricChoice({ chosen, present, catalog, onChange }: MetricChoiceProps) {
  const [wanted, setWanted] = useState("");
  const measured = inOrder(present, catalog);
  const others = inOrder(
    [...new Set([...catalog.map(({ name }) => name), ...chosen])].filter(
      (name) => !present.includes(name),
    ),
    catalog,
  );
  const fits = ({ name, title }: MetricMeaning) =>
    `${title} ${name}`.toLowerCase().includes(wanted.trim().toLowerCase());
  const found = [...measured, ...others].filter(fits);
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="text-small font-medium">Metrics</legend>
      <Input
        autoFocus
        type="search"
        aria-label="Find a metric"
        placeholder="Find a metric"
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
      />
      <div className="h-48 overflow-y-auto rounded-small border border-line px-2 py-1">
        {found.length === 0 && <p className="text-muted">No metric is called that.</p>}
        {found.map(({ name, title, meaning }) => {
          const isChosen = chosen.includes(name);
          return (
            <label key={name} className="flex min-h-7 items-center gap-2" title={meaning}>
              <input
                type="checkbox"
                checked={isChosen}
                disabled={!isChosen && chosen.length >= MOST_METRICS}
                onChange={() =>
                  onChange(isChosen ? chosen.filter((one) => one !== name) : [...chosen, name])
                }
              />
              <span className="min-w-0 flex-1 break-words">{title}</span>
              {!present.includes(name) && (
                <span className="shrink-0 text-small text-muted">not measured here</span>
              )}
            </label>
          );
        })}
      </div>
      <p className="text-small text-muted" role="status">
        {chosen.length} chosen, at most {MOST_METRICS}
      </p>
    </fieldset>
  );
}
