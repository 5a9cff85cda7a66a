import { FieldFrame, type FieldProps } from "./field-frame";
import { useForm } from "./form-context";
import { labelOf } from "./schema-node";

/** Any number of a few values, in the order in which the schema names them. */
export function ChoicesField({ options, ...field }: FieldProps & { options: readonly string[] }) {
  const { change } = useForm();
  const said = field.value ?? field.fallback;
  const chosen = Array.isArray(said) ? said.map(String) : [];
  // A value that is no option, from the YAML side, is shown rather than dropped in silence.
  const all = [...options, ...chosen.filter((value) => !options.includes(value))];
  const turn = (option: string, on: boolean) =>
    change(
      field.path,
      all.filter((value) => (value === option ? on : chosen.includes(value))),
    );
  return (
    <FieldFrame {...field} several className="col-span-full max-w-md min-w-0">
      {({ id, ...control }) => (
        <div className="flex flex-wrap gap-x-4 gap-y-1">
          {all.map((option, index) => (
            <label key={option} className="inline-flex h-8 items-center gap-1.5">
              <input
                {...control}
                id={index === 0 ? id : undefined}
                type="checkbox"
                className="size-4 accent-(--accent-fill)"
                checked={chosen.includes(option)}
                onChange={({ target }) => turn(option, target.checked)}
              />
              {labelOf(option)}
            </label>
          ))}
        </div>
      )}
    </FieldFrame>
  );
}
