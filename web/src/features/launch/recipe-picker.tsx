import type { Catalog } from "@/api/schema";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import type { Draft } from "./draft";

interface RecipePickerProps {
  catalog: Catalog;
  draft: Draft;
  /** What the fork that was asked for began as; undefined where none was. */
  fork: Draft | undefined;
  onPick: (draft: Draft) => void;
}

/** Begin with a vetted recipe, or go back to it. */
export function RecipePicker({ catalog, draft, fork, onPick }: RecipePickerProps) {
  const chosen = catalog.recipes.find(({ name }) => name === draft.startedFrom);
  const pick = (name: string) => {
    const recipe = catalog.recipes.find((one) => one.name === name);
    if (recipe) {
      onPick({ text: recipe.yaml, startedFrom: recipe.name, arms: draft.arms });
    }
  };
  return (
    <div className="flex min-w-0 items-center gap-2">
      <label htmlFor="recipe" className="font-medium">
        Recipe
      </label>
      <Select
        id="recipe"
        className="w-80 max-w-full"
        value={chosen?.name ?? ""}
        title={chosen?.description}
        onChange={({ target }) => pick(target.value)}
      >
        {!chosen && <option value="">{draft.forkedFrom ? draft.startedFrom : "own recipe"}</option>}
        {catalog.recipes.map(({ name, title }) => (
          <option key={name} value={name}>
            {name} · {title}
          </option>
        ))}
      </Select>
      {chosen && chosen.yaml !== draft.text && (
        <Button variant="quiet" onClick={() => pick(chosen.name)}>
          Discard changes
        </Button>
      )}
      {draft.forkedFrom && fork && fork.text !== draft.text && (
        <Button variant="quiet" onClick={() => onPick({ ...draft, text: fork.text })}>
          Discard changes
        </Button>
      )}
    </div>
  );
}
