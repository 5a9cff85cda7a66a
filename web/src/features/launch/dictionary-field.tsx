import { Input } from "@/components/ui/input";
import { FieldFrame, type FieldProps } from "./field-frame";
import { useForm } from "./form-context";
import { isObject } from "./recipe-text";

/** Numbers by name, such as the weight of every reward. The default counts as a whole. */
export function DictionaryField({ keys, ...field }: FieldProps & { keys: readonly string[] }) {
  const { change } = useForm();
  const value = isObject(field.value) ? field.value : field.fallback;
  const numbers = isObject(value) ? value : {};
  const set = (key: string, text: string) => {
    const { [key]: _, ...others } = numbers;
    const number = Number(text);
    change(
      field.path,
      text.trim() === "" ? others : { ...others, [key]: Number.isFinite(number) ? number : text },
    );
  };
  return (
    <FieldFrame {...field}>
      {(control) => (
        <div className="flex flex-col gap-1">
          {keys.map((key, index) => (
            <div key={key} className="flex items-center gap-2">
              <span className="w-16 text-muted">{key}</span>
              <Input
                {...control}
                id={index === 0 ? control.id : undefined}
                aria-label={`Weight of ${key}`}
                inputMode="decimal"
                className="tabular"
                defaultValue={String(numbers[key] ?? "")}
                key={String(numbers[key] ?? "")}
                onBlur={({ target }) => set(key, target.value)}
              />
            </div>
          ))}
        </div>
      )}
    </FieldFrame>
  );
}
