import { Segmented } from "@/components/ui/segmented";
import type { FieldProps } from "./field-frame";
import { useForm } from "./form-context";
import { GroupFrame } from "./group-field";
import { ObjectFields } from "./object-fields";
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
  const label = labelOf(path.at(-1) ?? "");
  return (
    <GroupFrame
      path={path}
      legend={
        <>
          <span className="font-medium">{label}</span>
          <Segmented
            label={label}
            value={chosen}
            options={kinds.map((kind) => ({ value: kind, label: labelOf(kind) }))}
            onChange={(kind) => change(path, { [tag]: kind })}
          />
        </>
      }
      description={node.description}
    >
      {variant ? (
        <>
          <p className="mb-3 max-w-[72ch]" data-testid="variant">
            {variant.description}
          </p>
          <ObjectFields {...field} node={variant} hidden={[tag]} />
        </>
      ) : (
        <p className="text-bad">
          There is no {label.toLowerCase()} called “{chosen}”.
        </p>
      )}
    </GroupFrame>
  );
}
