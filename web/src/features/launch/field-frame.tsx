import { RotateCcw } from "lucide-react";
import type { ReactNode } from "react";
import type { Change } from "@/api/schema";
import { classNames } from "@/components/class-names";
import { useForm } from "./form-context";
import { changesWithin, fieldId, problemsAt, problemsWithin } from "./problems";
import type { Path } from "./recipe-text";
import { describe, same } from "./same";
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
  /** Whether the setting has several controls, which then form a group under its label. */
  several?: boolean;
  /** Whether what is inside the setting has fields of its own, which show their problems. */
  apart?: boolean;
  className?: string;
}

/** What ties a control to its label, its description and its problem. */
export interface ControlProps {
  id: string;
  "aria-invalid": boolean;
  "aria-describedby": string;
}

/** Label, unit, control, description and problem of one setting. */
export function FieldFrame({ several, apart, className, children, ...field }: FrameProps) {
  const { problems, changes } = useForm();
  const { node, path } = field;
  const id = fieldId(path);
  const inside = changesWithin(changes, path);
  const changed = apart ? inside.filter((change) => change.field === path.join(".")) : inside;
  const messages = (apart ? problemsAt : problemsWithin)(problems, path);
  const label = labelOf(path.at(-1) ?? "");
  const name = several ? (
    <span id={`${id}-label`} className="font-medium">
      {label}
    </span>
  ) : (
    <label htmlFor={id} className="font-medium">
      {label}
    </label>
  );
  const control = children({
    id: several ? `${id}-first` : id,
    "aria-invalid": messages.length > 0,
    "aria-describedby": `${id}-hint`,
  });
  return (
    <div
      className={classNames(
        className ?? "min-w-0",
        changed.length > 0 && "-ml-2.5 border-l-2 border-accent pl-2",
      )}
      data-testid={`field-${path.join(".")}`}
    >
      <div className="flex items-baseline gap-1.5">
        {name}
        {node.unit && node.unit !== label.toLowerCase() && (
          <span className="text-small text-muted">{node.unit}</span>
        )}
        <Reset {...field} label={label} />
      </div>
      {several ? (
        // biome-ignore lint/a11y/useSemanticElements: the label stands above, beside its reset.
        <div
          id={id}
          role="group"
          tabIndex={-1}
          aria-labelledby={`${id}-label`}
          aria-describedby={`${id}-hint`}
          className="mt-1"
        >
          {control}
        </div>
      ) : (
        <div className="mt-1">{control}</div>
      )}
      <p id={`${id}-hint`} className="mt-1 text-small">
        <Messages messages={messages} />
        <Before changes={changed} path={path} />
        <span className="text-muted">{node.description}</span>
      </p>
    </div>
  );
}

/** What is wrong with a group as a whole; what is wrong inside it stands at its members. */
export function GroupProblems({ path }: { path: Path }) {
  const { problems } = useForm();
  const messages = problemsAt(problems, path);
  return messages.length > 0 ? (
    <p className="mb-2 text-small">
      <Messages messages={messages} />
    </p>
  ) : null;
}

function Messages({ messages }: { messages: readonly string[] }) {
  return messages.map((message) => (
    <span key={message} className="block break-words text-bad" data-testid="field-problem">
      {message}
    </span>
  ));
}

/** What a fork's origin said where this one says something else. */
function Before({ changes, path }: { changes: readonly Change[]; path: Path }) {
  if (changes.length === 0) {
    return null;
  }
  const [only] = changes.filter(({ field }) => field === path.join("."));
  const words = only
    ? describe(only.before)
    : changes
        .map(({ field, before }) => `${labelOf(field.split(".").at(-1) ?? "")} ${describe(before)}`)
        .join(", ");
  return (
    <span className="block break-words text-accent" data-testid="before">
      was {words}
    </span>
  );
}

function Reset({ path, value, fallback, label }: FieldProps & { label: string }) {
  const { change } = useForm();
  if (value === undefined || fallback === undefined || same(value, fallback)) {
    return null;
  }
  return (
    <button
      type="button"
      aria-label={`Set ${label} back to ${describe(fallback)}`}
      title={`Set back to ${describe(fallback)}`}
      className="ml-auto self-center text-accent"
      onClick={() => change(path, undefined)}
    >
      <RotateCcw aria-hidden className="size-3" />
    </button>
  );
}
