import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { Textarea } from "@/components/ui/textarea";
import { FieldFrame, type FieldProps } from "./field-frame";
import { useForm } from "./form-context";
import { NumberInput, plain } from "./number-input";

export function NumberField({ optional, ...field }: FieldProps & { optional: boolean }) {
  const { change } = useForm();
  return (
    <FieldFrame {...field}>
      {(control) => (
        <NumberInput
          {...control}
          placeholder={optional ? "none" : undefined}
          value={field.value}
          fallback={field.fallback}
          onChange={(value) => change(field.path, value)}
        />
      )}
    </FieldFrame>
  );
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

/** Any number of texts, one a line. */
export function TextsField(field: FieldProps) {
  const { change } = useForm();
  const said = field.value ?? field.fallback;
  const lines = Array.isArray(said) ? said.map(String) : [];
  return (
    <FieldFrame {...field} className="col-span-full min-w-0">
      {(control) => (
        <Textarea
          {...control}
          rows={Math.max(2, lines.length)}
          value={lines.join("\n")}
          onChange={({ target }) =>
            change(field.path, target.value ? target.value.split("\n") : [])
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
