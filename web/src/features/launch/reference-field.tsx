import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { FieldFrame, type FieldProps } from "./field-frame";
import { useForm } from "./form-context";
import { producers } from "./new-run";
import { isObject } from "./recipe-text";
import { SchemaField } from "./schema-field";
import { blankOf, type SchemaNode } from "./schema-node";

interface ReferenceFieldProps extends FieldProps {
  /** What a reference of each kind holds: a name, or the settings of a served model. */
  keys: Record<string, SchemaNode>;
  optional: boolean;
}

/**
 * Where weights come from: another run of the recipe in this role, a model by name, or a server
 * that is asked.
 */
export function ReferenceField({ keys, optional, ...field }: ReferenceFieldProps) {
  const { root, recipe, kinds, models, change } = useForm();
  const { path, value } = field;
  const reference = isObject(value) ? value : {};
  const key = Object.keys(keys).find((one) => one in reference) ?? (optional ? "none" : "model");
  const name = key === "endpoint" ? "" : String(reference[key] ?? "");
  const runs = producers(recipe, path.at(-1) ?? "", kinds, path[1]).map((run) => run.name);
  const isListed = key === "run" ? runs.includes(name) : key === "model" && models.includes(name);
  const isUnlisted = key !== "none" && key !== "endpoint" && !isListed;
  const select = (chosen: string) => {
    const [kind, rest] = split(chosen);
    if (kind === "none") {
      change(path, undefined);
    } else {
      change(path, { [kind]: kind === "endpoint" ? blankOf(keys.endpoint ?? {}, root) : rest });
    }
  };
  return (
    <>
      <FieldFrame {...field} apart={key === "endpoint"}>
        {(control) => (
          <div className="flex min-w-0 flex-col gap-1.5">
            <Select
              {...control}
              value={`${key} ${isListed ? name : ""}`}
              onChange={({ target }) => select(target.value)}
            >
              {optional && <option value="none ">none</option>}
              {isUnlisted && (
                <option value={`${key} `}>
                  {key === "model" ? "other model" : `${key} ${name}`}
                </option>
              )}
              {keys.run && runs.length > 0 && (
                <optgroup label="Runs of this pipeline">
                  {runs.map((run) => (
                    <option key={run} value={`run ${run}`}>
                      {run}
                    </option>
                  ))}
                </optgroup>
              )}
              <optgroup label="Models">
                {models.map((model) => (
                  <option key={model} value={`model ${model}`}>
                    {model}
                  </option>
                ))}
                {!(key === "model" && isUnlisted) && <option value="model ">other …</option>}
                {keys.endpoint && <option value="endpoint ">served model</option>}
              </optgroup>
            </Select>
            {key === "model" && isUnlisted && (
              <Input
                aria-label="Model by hub id"
                placeholder="Qwen/Qwen3-VL-4B-Instruct"
                value={name}
                onChange={({ target }) => change(path, { model: target.value })}
              />
            )}
          </div>
        )}
      </FieldFrame>
      {key === "endpoint" && keys.endpoint && (
        <SchemaField
          node={keys.endpoint}
          path={[...path, key]}
          value={reference[key]}
          fallback={undefined}
        />
      )}
    </>
  );
}

function split(chosen: string): [string, string] {
  const space = chosen.indexOf(" ");
  return [chosen.slice(0, space), chosen.slice(space + 1)];
}
