import { useState } from "react";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { FieldFrame, type FieldProps } from "./field-frame";
import { useForm } from "./form-context";

/** A number as typed. What is no number stays as text, so that the check can name it. */
export function NumberField({ optional, ...field }: FieldProps & { optional: boolean }) {
  const { change } = useForm();
  const shown = field.value ?? field.fallback;
  const [typed, setTyped] = useState<string>();
  const text = typed !== undefined && numberOf(typed) === field.value ? typed : plain(shown);
  return (
    <FieldFrame {...field}>
      {(control) => (
        <Input
          {...control}
          inputMode="decimal"
          className="tabular"
          placeholder={optional ? "none" : undefined}
          value={text}
          onChange={(event) => {
            setTyped(event.target.value);
            change(field.path, numberOf(event.target.value));
          }}
          onBlur={() => setTyped(undefined)}
        />
      )}
    </FieldFrame>
  );
}

function numberOf(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === "") {
    return undefined;
  }
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : text;
}

/** A value as one would type it: a small number as `1e-6` rather than with a row of zeros. */
function plain(value: unknown): string {
  if (typeof value === "number" && value !== 0 && Math.abs(value) < 1e-3) {
    return value.toExponential();
  }
  return value === undefined || value === null ? "" : String(value);
}

export function TextField({ optional, ...field }: FieldProps & { optional: boolean }) {
  const { change } = useForm();
  return (
    <FieldFrame {...field}>
      {(control) => (
        <Input
          {...control}
          value={plain(field.value ?? field.fallback)}
          placeholder={optional ? "none" : undefined}
          onChange={({ target }) =>
            change(field.path, optional && !target.value ? undefined : target.value)
          }
        />
      )}
    </FieldFrame>
  );
}

export function ChoiceField({ options, ...field }: FieldProps & { options: readonly string[] }) {
  const { change } = useForm();
  const value = plain(field.value ?? field.fallback);
  // A value that is no option, from the YAML side, is shown rather than replaced in silence.
  const all = options.includes(value) ? options : [value, ...options];
  return (
    <FieldFrame {...field}>
      {(control) => (
        <Select
          {...control}
          value={value}
          onChange={({ target }) => change(field.path, target.value)}
        >
          {all.map((option) => (
            <option key={option} value={option}>
              {option || "choose …"}
            </option>
          ))}
        </Select>
      )}
    </FieldFrame>
  );
}

export function SwitchField(field: FieldProps) {
  const { change } = useForm();
  return (
    <FieldFrame {...field}>
      {(control) => (
        <input
          {...control}
          type="checkbox"
          className="size-4 accent-(--accent-fill)"
          checked={Boolean(field.value ?? field.fallback)}
          onChange={({ target }) => change(field.path, target.checked)}
        />
      )}
    </FieldFrame>
  );
}

/** Registered data sets by name. */
export function DatasetField(field: FieldProps) {
  const { datasets } = useForm();
  return <ChoiceField {...field} options={datasets} />;
}
