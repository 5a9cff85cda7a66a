import type { ReactNode } from "react";

interface FieldProps {
  label: string;
  help?: string;
  children: ReactNode;
}

/** An input under its name. */
export function Field({ label, help, children }: FieldProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child.
    <label className="flex min-w-0 flex-col gap-1">
      <span className="text-small font-medium">{label}</span>
      {children}
      {help && <span className="text-small text-muted">{help}</span>}
    </label>
  );
}
