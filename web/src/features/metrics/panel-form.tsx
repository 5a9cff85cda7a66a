import { type FormEvent, type ReactNode, useState } from "react";
import type { MetricMeaning, Panel } from "@/api/schema";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import { meaningOf } from "./meaning";
import { MetricChoice } from "./metric-choice";
import { AXES } from "./x-axis";

const LONGEST_TITLE = 80;
const NEW: Panel = { title: "", metrics: [], axis: "step", scale: "linear", smoothing: 0 };

interface PanelFormProps {
  /** The one that is changed; there is none where one is added. */
  panel?: Panel;
  present: readonly string[];
  catalog: readonly MetricMeaning[];
  onSave: (panel: Panel) => void;
  onClose: () => void;
}

/** What an own panel shows, and how. */
export function PanelForm({ panel, present, catalog, onSave, onClose }: PanelFormProps) {
  const [wanted, setWanted] = useState(panel ?? NEW);
  const change = (changed: Partial<Panel>) => setWanted({ ...wanted, ...changed });
  const usual = wanted.metrics.map((name) => meaningOf(name, catalog).title).join(", ");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const title = wanted.title.trim() || usual.slice(0, LONGEST_TITLE);
    onSave({ ...wanted, title });
  };
  return (
    <Dialog open onOpenChange={onClose} title={panel ? "Change the panel" : "Add a panel"}>
      <form onSubmit={submit} className="flex flex-col gap-3 overflow-y-auto px-5 pt-2 pb-4">
        <MetricChoice
          chosen={wanted.metrics}
          present={present}
          catalog={catalog}
          onChange={(metrics) => change({ metrics })}
        />
        <Field label="Title">
          <Input
            maxLength={LONGEST_TITLE}
            placeholder={usual || "As its metrics are called"}
            value={wanted.title}
            onChange={(event) => change({ title: event.target.value })}
          />
        </Field>
        <div className="flex flex-wrap gap-x-6 gap-y-3">
          <Labelled label="Drawn over">
            <Segmented
              label="Drawn over"
              value={wanted.axis}
              options={AXES}
              onChange={(axis) => change({ axis })}
            />
          </Labelled>
          <Labelled label="Scale">
            <Segmented
              label="Scale"
              value={wanted.scale}
              options={SCALES}
              onChange={(scale) => change({ scale })}
            />
          </Labelled>
          <Field
            label={wanted.smoothing > 0 ? `Smoothing ${wanted.smoothing.toFixed(2)}` : "Not smooth"}
          >
            <input
              type="range"
              aria-label="Smoothing"
              min={0}
              max={0.95}
              step={0.05}
              value={wanted.smoothing}
              onChange={(event) => change({ smoothing: Number(event.target.value) })}
              className="h-7 w-40 accent-accent"
            />
          </Field>
        </div>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Go back</Button>
          <Button type="submit" variant="primary" disabled={wanted.metrics.length === 0}>
            {panel ? "Save" : "Add"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const SCALES = [
  { value: "linear", label: "Linear" },
  { value: "log", label: "Log" },
] as const;

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="text-small font-medium" aria-hidden>
        {label}
      </span>
      {children}
    </span>
  );
}
