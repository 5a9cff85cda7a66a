import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import { useForm } from "./form-context";
import { newRun, runsOf } from "./new-run";
import type { Path } from "./recipe-text";
import { RunCard } from "./run-card";
import { SchemaField } from "./schema-field";
import { runUnion } from "./schema-node";

interface RecipeFormProps {
  onRename: (from: string, to: string) => void;
}

/** The whole recipe as a form, generated from its schema. */
export function RecipeForm({ onRename }: RecipeFormProps) {
  const { root, recipe, change } = useForm();
  const own = Object.entries(root.properties ?? {}).filter(([key]) => key !== "runs");
  return (
    <div className="flex flex-col gap-3" data-testid="recipe-form">
      <div className="grid gap-x-4 gap-y-3 rounded-panel border border-line bg-raised px-4 py-3 sm:grid-cols-2">
        {own.map(([key, node]) => (
          <SchemaField
            key={key}
            node={node}
            path={[key]}
            value={recipe[key]}
            fallback={node.default}
          />
        ))}
      </div>
      {Object.entries(runsOf(recipe)).map(([name, run], index) => (
        <RunCard
          // The place keeps a card open while its run is renamed.
          // biome-ignore lint/suspicious/noArrayIndexKey: as said above.
          key={`${index} ${String(run.kind)}`}
          name={name}
          run={run}
          onRename={(to) => onRename(name, to)}
          onRemove={() => change(["runs", name], undefined)}
        />
      ))}
      <AddRun />
    </div>
  );
}

function AddRun() {
  const { root, recipe, kinds, models, datasets, change } = useForm();
  // A question is asked where its checkpoint is shown, and where its image can be uploaded.
  const choices = Object.keys(runUnion(root).variants).filter((kind) => kind !== "ask");
  const [kind, setKind] = useState(choices[0] ?? "sft");
  const add = () => {
    const [name, run] = newRun(root, recipe, kind, kinds, { models, datasets });
    const path: Path = ["runs", name];
    change(path, run);
  };
  return (
    <div className="flex items-center gap-2">
      <Select
        aria-label="Kind of the run to add"
        className="w-56"
        value={kind}
        onChange={({ target }) => setKind(target.value)}
      >
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {kinds.find((known) => known.kind === choice)?.title ?? choice}
          </option>
        ))}
      </Select>
      <Button onClick={add} data-testid="add-run">
        <Plus />
        Add run
      </Button>
    </div>
  );
}
