import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { FieldFrame, type FieldProps } from "./field-frame";
import { useForm } from "./form-context";
import { producers } from "./new-run";
import { isObject } from "./recipe-text";

/** Where weights come from: another run of the recipe in this role, or a model by name. */
export function ReferenceField({ keys, ...field }: FieldProps & { keys: readonly string[] }) {
  const { recipe, kinds, models, change } = useForm();
  const reference = isObject(field.value) ? field.value : {};
  const key = keys.find((one) => one in reference) ?? keys[0] ?? "run";
  const name = String(reference[key] ?? "");
  const asking = field.path[1];
  const role = field.path.at(-1) ?? "";
  const runs = producers(recipe, role, kinds, asking).map((run) => run.name);
  const select = (chosen: string) => {
    const [kind = "", rest = ""] = split(chosen);
    change(field.path, { [kind]: rest });
  };
  const known = key === "run" ? runs.includes(name) : models.includes(name);
  return (
    <FieldFrame {...field}>
      {(control) => (
        <div className="flex min-w-0 flex-col gap-1.5">
          <Select
            {...control}
            value={`${key} ${known ? name : ""}`}
            onChange={(e) => select(e.target.value)}
          >
            {!known && (
              <option value={`${key} `}>{key === "run" ? `run ${name}` : "other model"}</option>
            )}
            {keys.includes("run") && runs.length > 0 && (
              <optgroup label="Runs of this pipeline">
                {runs.map((run) => (
                  <option key={run} value={`run ${run}`}>
                    {run}
                  </option>
                ))}
              </optgroup>
            )}
            {keys.includes("model") && (
              <optgroup label="Models">
                {models.map((model) => (
                  <option key={model} value={`model ${model}`}>
                    {model}
                  </option>
                ))}
                {(known || key === "run") && <option value="model ">other …</option>}
              </optgroup>
            )}
          </Select>
          {key === "model" && !known && (
            <Input
              aria-label="Model by hub id"
              placeholder="Qwen/Qwen3-VL-4B-Instruct"
              value={name}
              onChange={({ target }) => change(field.path, { model: target.value })}
            />
          )}
        </div>
      )}
    </FieldFrame>
  );
}

function split(chosen: string): [string, string] {
  const space = chosen.indexOf(" ");
  return [chosen.slice(0, space), chosen.slice(space + 1)];
}
