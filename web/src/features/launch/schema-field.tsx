import { ChoicesField } from "./choices-field";
import { DictionaryField } from "./dictionary-field";
import type { FieldProps } from "./field-frame";
import { useForm } from "./form-context";
import { GroupField, OptionalGroupField } from "./group-field";
import {
  ChoiceField,
  DatasetField,
  NumberField,
  SwitchField,
  TextField,
  TextsField,
} from "./plain-fields";
import { ReferenceField } from "./reference-field";
import { fieldOf, resolve } from "./schema-node";
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
    case "group": {
      const Group = field.optional ? OptionalGroupField : GroupField;
      return <Group {...props} group={field.node} />;
    }
    case "reference":
      return <ReferenceField {...props} keys={field.keys} optional={field.optional} />;
    case "dictionary":
      return <DictionaryField {...props} values={field.values} />;
    case "choice":
      return <ChoiceField {...props} options={field.options} />;
    case "choices":
      return <ChoicesField {...props} options={field.options} />;
    case "texts":
      return <TextsField {...props} />;
    case "number":
      return <NumberField {...props} optional={field.optional} />;
    case "switch":
      return <SwitchField {...props} />;
    case "text":
      return <TextField {...props} optional={field.optional} />;
  }
}
