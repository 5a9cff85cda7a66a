import { Segmented } from "@/components/ui/segmented";
import type { FieldProps } from "./field-frame";
import { useForm } from "./form-context";
import { ObjectFields } from "./object-fields";
import { fieldId } from "./problems";
import { isObject } from "./recipe-text";
import { labelOf, type SchemaNode } from "./schema-node";

interface UnionFieldProps extends FieldProps {
  tag: string;
  variants: Record<string, SchemaNode>;
}

/** A choice between kinds, each with settings of its own. */
export function UnionField({ tag, variants, ...field }: UnionFieldProps) {
  const { change } = useForm();
  const { node, path, value, fallback } = field;
  const kinds = Object.keys(variants);
  const chosen = String(
    (isObject(value) && value[tag]) || (isObject(fallback) && fallback[tag]) || kinds[0],
  );
  const variant = variants[chosen];
  const label = labelOf(path.at(-1) ?? "", node);
  return (
    <fieldset id={fieldId(path)} className="col-span-full min-w-0 border-l-2 border-line pl-3">
      <legend className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium">{label}</span>
        <Segmented
          label={label}
          value={chosen}
          options={kinds.map((kind) => ({ value: kind, label: kind.toUpperCase() }))}
          onChange={(kind) => change(path, { [tag]: kind })}
        />
        <span className="text-small text-muted">{node.description}</span>
      </legend>
      {variant && <ObjectFields {...field} node={variant} hidden={[tag]} />}
    </fieldset>
  );
}
