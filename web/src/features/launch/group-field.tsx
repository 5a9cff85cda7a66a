import type { ReactNode } from "react";
import { type FieldProps, GroupProblems } from "./field-frame";
import { useForm } from "./form-context";
import { ObjectFields } from "./object-fields";
import { fieldId } from "./problems";
import { isObject, type Path } from "./recipe-text";
import { blankOf, labelOf, type SchemaNode } from "./schema-node";

interface GroupFieldProps extends FieldProps {
  /** The schema of the settings inside. */
  group: SchemaNode;
}

/** Settings that belong together. */
export function GroupField({ group, ...field }: GroupFieldProps) {
  const { node, path } = field;
  return (
    <GroupFrame
      path={path}
      legend={<span className="font-medium">{labelOf(path.at(-1) ?? "")}</span>}
      description={node.description}
    >
      <ObjectFields {...field} node={group} />
    </GroupFrame>
  );
}

/** Settings that count only once they are switched on as a whole. */
export function OptionalGroupField({ group, ...field }: GroupFieldProps) {
  const { root, change } = useForm();
  const { node, path, value, fallback } = field;
  const said = value === undefined ? fallback : value;
  const turn = (on: boolean) =>
    // Where silence means "on", only null says "off".
    change(path, on ? blankOf(group, root) : isObject(fallback) ? null : undefined);
  return (
    <GroupFrame
      path={path}
      legend={
        <label className="inline-flex items-center gap-2 font-medium">
          <input
            type="checkbox"
            className="size-4 accent-(--accent-fill)"
            checked={isObject(said)}
            onChange={({ target }) => turn(target.checked)}
          />
          {labelOf(path.at(-1) ?? "")}
        </label>
      }
      description={node.description}
    >
      {isObject(said) && <ObjectFields {...field} node={group} />}
    </GroupFrame>
  );
}

interface GroupFrameProps {
  path: Path;
  legend: ReactNode;
  description?: string;
  children: ReactNode;
}

/** Name, description and problem of a group, and its settings indented below. */
export function GroupFrame({ path, legend, description, children }: GroupFrameProps) {
  return (
    <fieldset
      id={fieldId(path)}
      tabIndex={-1}
      data-testid={`field-${path.join(".")}`}
      className="col-span-full min-w-0 border-l-2 border-line pl-3"
    >
      <legend className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1">
        {legend}
        {description && <span className="text-small text-muted">{description}</span>}
      </legend>
      <GroupProblems path={path} />
      {children}
    </fieldset>
  );
}
