import { Plus, X } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { type ControlProps, FieldFrame, type FieldProps } from "./field-frame";
import { useForm } from "./form-context";
import { NumberInput, plain } from "./number-input";
import { problemsWithin } from "./problems";
import { isObject, valueAt } from "./recipe-text";
import { same } from "./same";

/** What a name gets when it is added. */
const FIRST = { numbers: 1, texts: "" };

/**
 * Values by name: the weight of every reward, the share of every further data set, the data set of
 * every benchmark.
 */
export function DictionaryField({
  values,
  ...field
}: FieldProps & { values: "numbers" | "texts" }) {
  const { problems, change } = useForm();
  const { path, value, fallback } = field;
  const said = value ?? fallback;
  const entries = isObject(said) ? said : {};
  const names = Object.keys(entries);
  const add = (name: string) => change(path, { ...entries, [name]: FIRST[values] });
  const Value = values === "numbers" ? NumberValue : DatasetValue;
  const remove = (name: string) => {
    const { [name]: _, ...others } = entries;
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
              <Value
                {...control}
                id={index === 0 ? id : undefined}
                aria-invalid={problemsWithin(problems, [...path, name]).length > 0}
                name={name}
                value={entries[name]}
                onChange={(entry) => change([...path, name], entry)}
              />
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

interface ValueProps extends Omit<ControlProps, "id"> {
  id: string | undefined;
  name: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

function NumberValue({ name, onChange, ...control }: ValueProps) {
  return (
    <span className="w-28">
      <NumberInput
        {...control}
        aria-label={`Number for ${name}`}
        onChange={(number) => onChange(number ?? "")}
      />
    </span>
  );
}

/** A data set by its name, as every text of a dictionary is. */
function DatasetValue({ name, value, onChange, ...control }: ValueProps) {
  const { datasets } = useForm();
  const chosen = plain(value);
  // A value that is not registered, from the YAML side, is shown rather than replaced in silence.
  const all = datasets.includes(chosen) ? datasets : [chosen, ...datasets];
  return (
    <Select
      {...control}
      className="w-52"
      aria-label={`Data set for ${name}`}
      value={chosen}
      onChange={({ target }) => onChange(target.value)}
    >
      {all.map((dataset) => (
        <option key={dataset} value={dataset}>
          {dataset || "choose …"}
        </option>
      ))}
    </Select>
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
