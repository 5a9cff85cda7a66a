import type { ForkedFrom } from "@/api/schema";
import { Select } from "@/components/ui/select";

interface StartStepProps {
  origin: ForkedFrom;
  /** Steps of durable checkpoints, the newest first. */
  steps: readonly number[];
  onChange: (origin: ForkedFrom) => void;
}

/** Whether the forked run begins anew, or goes on from one of its checkpoints. */
export function StartStep({ origin, steps, onChange }: StartStepProps) {
  if (steps.length === 0) {
    return null;
  }
  return (
    <div className="flex items-center gap-2">
      <label htmlFor="start-step" className="font-medium">
        Begin
      </label>
      <Select
        id="start-step"
        value={origin.step ?? ""}
        onChange={({ target }) =>
          onChange({ ...origin, step: target.value ? Number(target.value) : undefined })
        }
      >
        <option value="">anew</option>
        {steps.map((step) => (
          <option key={step} value={step}>
            after step {step}
          </option>
        ))}
      </Select>
    </div>
  );
}
