import { Layers, Plus, Sprout, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { Toggle } from "@/components/ui/toggle";
import { type Arms, isStudy, seedsFrom, withValueToggled } from "./arms";
import type { RecipeObject } from "./recipe-text";
import type { SchemaNode } from "./schema-node";
import { optionsAt, settingPaths } from "./setting-paths";

/** So many seeds are enough for an interval that says something. */
const SEEDS = 5;

interface ArmBuilderProps {
  arms: Arms;
  recipe: RecipeObject;
  root: SchemaNode;
  onChange: (arms: Arms) => void;
}

/** What is varied of the recipe: values of settings, ablations beside them, seeds. */
export function ArmBuilder({ arms, recipe, root, onChange }: ArmBuilderProps) {
  const { settings, ablations } = arms;
  const lists = { recipe, root };
  return (
    <Panel aria-label="Arms" data-testid="arm-builder">
      <PanelHeading aside={<AddButtons arms={arms} recipe={recipe} onChange={onChange} />}>
        Arms
      </PanelHeading>
      <datalist id="setting-paths">
        {settingPaths(recipe, root).map((path) => (
          <option key={path} value={path} />
        ))}
      </datalist>
      {isStudy(arms) ? (
        <div className="flex flex-col gap-3 p-4">
          {settings.map((setting, place) => (
            <Varied
              // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place while it is typed.
              key={place}
              {...lists}
              path={setting.path}
              values={setting.values}
              onChange={(path, values) =>
                onChange({ ...arms, settings: settings.with(place, { path, values }) })
              }
              onRemove={() => onChange({ ...arms, settings: settings.toSpliced(place, 1) })}
            />
          ))}
          {ablations.map((ablation, place) => (
            <AblationRow
              // biome-ignore lint/suspicious/noArrayIndexKey: as above.
              key={place}
              {...lists}
              ablation={ablation}
              onChange={(changed) =>
                onChange({ ...arms, ablations: ablations.with(place, changed) })
              }
              onRemove={() => onChange({ ...arms, ablations: ablations.toSpliced(place, 1) })}
            />
          ))}
          <div className="grid gap-3 sm:grid-cols-2">
            <Field label="Seeds" help="Each is a pipeline of all arms; the recipe's own if empty">
              <Input
                className="tabular"
                value={arms.seeds}
                onChange={({ target }) => onChange({ ...arms, seeds: target.value })}
              />
            </Field>
            <Field label="Most runs at once" help="The others of the study wait; no limit if empty">
              <Input
                className="tabular"
                inputMode="numeric"
                value={arms.mostAtOnce}
                onChange={({ target }) => onChange({ ...arms, mostAtOnce: target.value })}
              />
            </Field>
          </div>
        </div>
      ) : (
        <p className="px-4 py-3 text-muted">
          One arm with one seed. Add values of a setting, an ablation or seeds to launch a study;
          what its arms have in common is trained once.
        </p>
      )}
    </Panel>
  );
}

function AddButtons({ arms, recipe, onChange }: Omit<ArmBuilderProps, "root">) {
  const { settings, ablations } = arms;
  const first = Number(recipe.seed ?? 0);
  return (
    <span className="flex flex-wrap gap-1.5">
      <Button
        size="small"
        onClick={() => onChange({ ...arms, settings: [...settings, { path: "", values: "" }] })}
      >
        <Layers />
        Vary a setting
      </Button>
      <Button
        size="small"
        onClick={() =>
          onChange({
            ...arms,
            ablations: [...ablations, { label: "", changes: [{ path: "", value: "" }] }],
          })
        }
      >
        <Plus />
        Ablation
      </Button>
      <Button
        size="small"
        disabled={arms.seeds.trim() !== ""}
        onClick={() =>
          onChange({ ...arms, seeds: seedsFrom(Number.isInteger(first) ? first : 0, SEEDS) })
        }
      >
        <Sprout />
        Seeds ({SEEDS})
      </Button>
    </span>
  );
}

interface Lists {
  recipe: RecipeObject;
  root: SchemaNode;
}

interface VariedProps extends Lists {
  path: string;
  values: string;
  onChange: (path: string, values: string) => void;
  onRemove: () => void;
}

/** A setting and the values that it takes, each of them in an arm. */
function Varied({ path, values, onChange, onRemove, ...lists }: VariedProps) {
  return (
    <div className="flex flex-col gap-1.5" data-testid="varied-setting">
      <div className="flex items-end gap-2">
        <PathInput path={path} onChange={(changed) => onChange(changed, values)} />
        <Field label="Values">
          <Input
            className="tabular"
            placeholder="with commas between"
            value={values}
            onChange={({ target }) => onChange(path, target.value)}
          />
        </Field>
        <Remove label={`Do not vary ${path || "this setting"}`} onRemove={onRemove} />
      </div>
      <Options
        {...lists}
        path={path}
        chosen={values}
        onChoose={(option) => onChange(path, withValueToggled(values, option))}
      />
    </div>
  );
}

interface AblationRowProps extends Lists {
  ablation: Arms["ablations"][number];
  onChange: (ablation: Arms["ablations"][number]) => void;
  onRemove: () => void;
}

/** One arm beside the others: what it is called, and what it changes. */
function AblationRow({ ablation, onChange, onRemove, ...lists }: AblationRowProps) {
  const { label, changes } = ablation;
  return (
    <div className="flex flex-col gap-2 border-l-2 border-line pl-3" data-testid="ablation">
      <div className="flex items-end gap-2">
        <Field label="Ablation">
          <Input
            placeholder="what the row is called"
            value={label}
            onChange={({ target }) => onChange({ label: target.value, changes })}
          />
        </Field>
        <Remove label={`Remove ablation ${label}`} onRemove={onRemove} />
      </div>
      {changes.map(({ path, value }, place) => {
        const change = (changed: { path: string; value: string }) =>
          onChange({ label, changes: changes.with(place, changed) });
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place while it is typed.
          <div key={place} className="flex flex-col gap-1.5">
            <div className="flex items-end gap-2">
              <PathInput path={path} onChange={(changed) => change({ path: changed, value })} />
              <Field label="Value">
                <Input
                  className="tabular"
                  value={value}
                  onChange={({ target }) => change({ path, value: target.value })}
                />
              </Field>
              {changes.length > 1 && (
                <Remove
                  label={`Leave ${path} as it is`}
                  onRemove={() => onChange({ label, changes: changes.toSpliced(place, 1) })}
                />
              )}
            </div>
            <Options
              {...lists}
              path={path}
              chosen={value}
              onChoose={(option) => change({ path, value: option })}
            />
          </div>
        );
      })}
      <Button
        size="small"
        variant="quiet"
        className="self-start"
        onClick={() => onChange({ label, changes: [...changes, { path: "", value: "" }] })}
      >
        <Plus />
        And another setting
      </Button>
    </div>
  );
}

function PathInput({ path, onChange }: { path: string; onChange: (path: string) => void }) {
  return (
    <Field label="Setting">
      <Input
        className="tabular"
        list="setting-paths"
        placeholder="rlvr.algorithm"
        value={path}
        onChange={({ target }) => onChange(target.value)}
      />
    </Field>
  );
}

interface OptionsProps extends Lists {
  path: string;
  chosen: string;
  onChoose: (option: string) => void;
}

/** What can stand there, one click each, where that is one of a few words. */
function Options({ path, recipe, root, chosen, onChoose }: OptionsProps) {
  const options = optionsAt(path, recipe, root);
  const there = chosen.split(",").map((part) => part.trim());
  return options.length === 0 ? null : (
    <span className="flex flex-wrap gap-1">
      {options.map((option) => (
        <Toggle key={option} pressed={there.includes(option)} onChange={() => onChoose(option)}>
          {option}
        </Toggle>
      ))}
    </span>
  );
}

function Remove({ label, onRemove }: { label: string; onRemove: () => void }) {
  return (
    <Button variant="quiet" size="icon" aria-label={label} title={label} onClick={onRemove}>
      <X />
    </Button>
  );
}
