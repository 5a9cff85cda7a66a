import { DictionaryField } from "./dictionary-field";
import type { FieldProps } from "./field-frame";
import { useForm } from "./form-context";
import { ObjectFields } from "./object-fields";
import { ChoiceField, DatasetField, NumberField, SwitchField, TextField } from "./plain-fields";
import { ReferenceField } from "./reference-field";
import { fieldOf, labelOf, resolve } from "./schema-node";
import { UnionField } from "./union-field";

/** The editor of one setting, whatever its shape. */
export function SchemaField(given: FieldProps) {
  const { root } = useForm();
  const node = resolve(given.node, root);
  const props = { ...given, node };
  if (given.path.at(-1) === "data" && node.type === "string") {
    return <DatasetField {...props} />;
  }
  const field = fieldOf(node, root);
  switch (field.shape) {
    case "union":
      return <UnionField {...props} tag={field.tag} variants={field.variants} />;
    case "object":
      return (
        <Fieldset {...props}>
          <ObjectFields {...props} node={field.node} />
        </Fieldset>
      );
    case "reference":
      return <ReferenceField {...props} keys={Object.keys(field.keys)} />;
    case "dictionary":
      return <DictionaryField {...props} keys={field.keys} />;
    case "choice":
      return <ChoiceField {...props} options={field.options} />;
    case "number":
      return <NumberField {...props} optional={field.optional} />;
    case "switch":
      return <SwitchField {...props} />;
    case "text":
      return <TextField {...props} optional={field.optional} />;
  }
}

function Fieldset({ node, path, children }: FieldProps & { children: React.ReactNode }) {
  return (
    <fieldset className="col-span-full min-w-0 border-l-2 border-line pl-3">
      <legend className="mb-2 font-medium">
        {labelOf(path.at(-1) ?? "", { ...node, title: undefined })}
        <span className="ml-2 font-normal text-small text-muted">{node.description}</span>
      </legend>
      {children}
    </fieldset>
  );
}
