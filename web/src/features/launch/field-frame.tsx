import { RotateCcw } from "lucide-react";
import type { ReactNode } from "react";
import { useForm } from "./form-context";
import { fieldId, problemsWithin } from "./problems";
import type { Path } from "./recipe-text";
import { labelOf, type SchemaNode } from "./schema-node";

export interface FieldProps {
  node: SchemaNode;
  path: Path;
  /** What the recipe says; undefined where it says nothing. */
  value: unknown;
  /** What counts where the recipe says nothing. */
  fallback: unknown;
}

interface FrameProps extends FieldProps {
  children: (control: ControlProps) => ReactNode;
}

/** What ties a control to its label, its description and its problem. */
export interface ControlProps {
  id: string;
  "aria-invalid": boolean;
  "aria-describedby": string;
}

/** Label, unit, control, description and problem of one setting. */
export function FieldFrame({ node, path, value, fallback, children }: FrameProps) {
  const { problems, change } = useForm();
  const id = fieldId(path);
  const messages = problemsWithin(problems, path);
  const label = labelOf(path.at(-1) ?? "", node);
  const isChanged = value !== undefined && fallback !== undefined && value !== fallback;
  return (
    <div className="min-w-0" data-testid={`field-${path.join(".")}`}>
      <div className="flex items-baseline gap-1.5">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {node.unit && node.unit !== label.toLowerCase() && (
          <span className="text-small text-muted">{node.unit}</span>
        )}
        {isChanged && (
          <button
            type="button"
            aria-label={`Set ${label} back to ${String(fallback)}`}
            title={`Set back to ${String(fallback)}`}
            className="ml-auto self-center text-accent"
            onClick={() => change(path, undefined)}
          >
            <RotateCcw aria-hidden className="size-3" />
          </button>
        )}
      </div>
      <div className="mt-1">
        {children({
          id,
          "aria-invalid": messages.length > 0,
          "aria-describedby": `${id}-hint`,
        })}
      </div>
      <p id={`${id}-hint`} className="mt-1 text-small">
        {messages.map((message) => (
          <span key={message} className="block text-bad" data-testid="field-problem">
            {message}
          </span>
        ))}
        <span className="text-muted">{node.description}</span>
      </p>
    </div>
  );
}
