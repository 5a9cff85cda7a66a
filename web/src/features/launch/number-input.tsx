import { type ComponentProps, useState } from "react";
import { Input } from "@/components/ui/input";

interface NumberInputProps extends Omit<ComponentProps<"input">, "value" | "onChange"> {
  value: unknown;
  /** What is shown where there is no value, until somebody types. */
  fallback?: unknown;
  onChange: (value: unknown) => void;
}

/** A number as typed. What is no number stays as text, so that the check can name it. */
export function NumberInput({ value, fallback, onChange, ...rest }: NumberInputProps) {
  const [typed, setTyped] = useState<string>();
  const text = typed !== undefined && numberOf(typed) === value ? typed : plain(value ?? fallback);
  return (
    <Input
      {...rest}
      inputMode="decimal"
      className="tabular"
      value={text}
      onChange={({ target }) => {
        setTyped(target.value);
        onChange(numberOf(target.value));
      }}
      onBlur={() => setTyped(undefined)}
    />
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
export function plain(value: unknown): string {
  if (typeof value === "number" && value !== 0 && Math.abs(value) < 1e-3) {
    return value.toExponential();
  }
  return value === undefined || value === null ? "" : String(value);
}
