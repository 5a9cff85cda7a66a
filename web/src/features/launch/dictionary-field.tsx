import { Plus, X } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { FieldFrame, type FieldProps } from "./field-frame";
import { useForm } from "./form-context";
import { NumberInput } from "./number-input";
import { isObject, valueAt } from "./recipe-text";
import { same } from "./same";

/** A number that a name gets when it is added. */
const FIRST_NUMBER = 1;

/** Numbers by name: the weight of every reward, the share of every further data set. */
export function DictionaryField(field: FieldProps) {
  const { change } = useForm();
  const { path, value, fallback } = field;
  const said = value ?? fallback;
  const numbers = isObject(said) ? said : {};
  const names = Object.keys(numbers);
  const add = (name: string) => change(path, { ...numbers, [name]: FIRST_NUMBER });
  const remove = (name: string) => {
    const { [name]: _, ...others } = numbers;
    change(path, same(others, fallback) ? undefined : others);
  };
  return (
    <FieldFrame {...field} several className="col-span-full max-w-md min-w-0">
      {({ id, ...control }) => (
        <div className="flex flex-col gap-1.5">
          {names.map((name, index) => (
            <div key={name} className="flex items-center gap-2">
              <span className="min-w-0 flex-1 truncate" title={name}>
                {name}
              </span>
              <span className="w-28">
                <NumberInput
                  {...control}
                  id={index === 0 ? id : undefined}
                  aria-label={`Number for ${name}`}
                  value={numbers[name]}
                  onChange={(number) => change([...path, name], number ?? "")}
                />
              </span>
              <Button
                variant="quiet"
                size="icon"
                aria-label={`Remove ${name}`}
                onClick={() => remove(name)}
              >
                <X />
              </Button>
            </div>
          ))}
          <AddName field={field} taken={names} onAdd={add} />
        </div>
      )}
    </FieldFrame>
  );
}

interface AddNameProps {
  field: FieldProps;
  taken: readonly string[];
  onAdd: (name: string) => void;
}

function AddName({ field, taken, onAdd }: AddNameProps) {
  return field.path.at(-1) === "mixed_with" ? (
    <AddDataset field={field} taken={taken} onAdd={onAdd} />
  ) : (
    <AddAnyName field={field} taken={taken} onAdd={onAdd} />
  );
}

/** A further data set, of those that are registered. */
function AddDataset({ field: { path }, taken, onAdd }: AddNameProps) {
  const { datasets, recipe } = useForm();
  const own = valueAt(recipe, [...path.slice(0, -1), "data"]);
  const left = datasets.filter((name) => name !== own && !taken.includes(name));
  return left.length === 0 ? (
    <p className="text-small text-muted">There is no further registered data set.</p>
  ) : (
    <Select
      aria-label="Add a data set"
      value=""
      onChange={({ target }) => target.value && onAdd(target.value)}
    >
      <option value="">Add a data set …</option>
      {left.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </Select>
  );
}

/** A name that is typed; those of the default are offered. */
function AddAnyName({ field: { path, fallback }, taken, onAdd }: AddNameProps) {
  const [name, setName] = useState("");
  const wanted = name.trim();
  const known = Object.keys(isObject(fallback) ? fallback : {}).filter((k) => !taken.includes(k));
  const list = `${path.join(".")}-names`;
  const add = () => {
    onAdd(wanted);
    setName("");
  };
  return (
    <form
      className="flex items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted && !taken.includes(wanted)) {
          add();
        }
      }}
    >
      <Input
        aria-label="Name to add"
        placeholder="name"
        list={list}
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <datalist id={list}>
        {known.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <Button type="submit" disabled={!wanted || taken.includes(wanted)}>
        <Plus />
        Add
      </Button>
    </form>
  );
}
