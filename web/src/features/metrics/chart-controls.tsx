import { X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { Toggle } from "@/components/ui/toggle";
import type { Zoom } from "./chart";
import type { Progress } from "./series";
import { USUAL_SMOOTHING } from "./smoothing";
import type { View } from "./view";
import { AXES } from "./x-axis";

interface ChartControlsProps {
  view: View;
  onChange: (view: View) => void;
  progress: readonly Progress[];
  zoom: Zoom | undefined;
  isFetching: boolean;
  onWhole: () => void;
}

/** How all charts of a run are drawn. */
export function ChartControls({ view, onChange, progress, zoom, ...state }: ChartControlsProps) {
  const last = progress.at(-1);
  const options = AXES.map(({ value, label }) => ({
    value,
    label,
    disabled: value !== "step" && !last?.[value],
  }));
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <Segmented
        label="Drawn over"
        value={view.axis}
        options={options}
        onChange={(axis) => onChange({ ...view, axis })}
      />
      <Toggle
        pressed={view.smoothing > 0}
        title="The exponential mean of each curve, with the measured one behind it"
        onChange={(on) => onChange({ ...view, smoothing: on ? USUAL_SMOOTHING : 0 })}
      >
        Smooth
      </Toggle>
      <Toggle
        pressed={view.log}
        title="Where everything is above 0; shares and gaps stay as they are"
        onChange={(log) => onChange({ ...view, log })}
      >
        Log scale
      </Toggle>
      {zoom ? (
        <Button size="small" onClick={state.onWhole} data-testid="whole-run">
          <X />
          Steps {zoom[0]} to {zoom[1]}
          {state.isFetching && " …"}
        </Button>
      ) : (
        <span className="text-small text-muted max-md:hidden">Drag across a chart to zoom in</span>
      )}
    </div>
  );
}
