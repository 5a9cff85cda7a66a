import { ChevronRight, Trash2, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { classNames } from "@/components/class-names";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { GroupProblems } from "./field-frame";
import { useForm } from "./form-context";
import { parentsOf } from "./new-run";
import { ObjectFields } from "./object-fields";
import { changesWithin, fieldId, problemsWithin } from "./problems";
import { type RecipeObject, valueAt } from "./recipe-text";
import { runUnion, type SchemaNode } from "./schema-node";

const SECTIONS: { title: string; groups: readonly string[] }[] = [
  { title: "Model and data", groups: ["model", "data"] },
  { title: "Schedule", groups: ["schedule"] },
  { title: "Optimisation", groups: ["optimisation"] },
  { title: "Sampling", groups: ["sampling"] },
  { title: "Game", groups: ["game"] },
  { title: "Reward", groups: ["reward"] },
];

interface RunCardProps {
  name: string;
  run: RecipeObject;
  onRename: (to: string) => void;
  onRemove: () => void;
}

/** One run of the recipe: a line that says what it is, and its settings below. */
export function RunCard({ name, run, onRename, onRemove }: RunCardProps) {
  const { root, problems, changes } = useForm();
  const path = ["runs", name];
  const wrong = problemsWithin(problems, path).length;
  const changed = changesWithin(changes, path);
  const isNew = changed.some(({ field }) => field === path.join("."));
  const variant = runUnion(root).variants[String(run.kind)];
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      id={fieldId(path)}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      data-testid={`run-card-${name}`}
      className="group/run rounded-panel border border-line bg-raised"
    >
      <summary className="flex min-h-10 cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5 [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden
          className="size-4 text-muted transition-transform group-open/run:rotate-90"
        />
        <h2 className="font-semibold">{name}</h2>
        <span className="rounded-small bg-sunken px-1.5 text-small text-muted">
          {String(run.kind)}
        </span>
        {/* On a phone they have room in the first line, and a card does not grow when they come. */}
        {changed.length > 0 && (
          <span
            className="text-small font-medium text-accent sm:order-last"
            data-testid={`changed-${name}`}
          >
            {isNew ? "new" : changed.length === 1 ? "1 change" : `${changed.length} changes`}
          </span>
        )}
        {wrong > 0 && (
          <span className="ml-auto inline-flex items-center gap-1 text-small font-medium text-bad sm:order-last">
            <TriangleAlert aria-hidden className="size-3.5" />
            {wrong} <span className="max-sm:sr-only">{wrong === 1 ? "problem" : "problems"}</span>
          </span>
        )}
        <span className="min-w-0 truncate text-muted max-sm:basis-full">{summaryOf(run)}</span>
      </summary>
      {/* A recipe may have dozens of runs with dozens of settings each: only those read are drawn. */}
      {isOpen && (
        <div className="border-t border-line px-4 py-3">
          <div className="mb-4 flex items-end gap-3">
            <RunName key={name} name={name} onRename={onRename} />
            <Button
              variant="danger"
              className="ml-auto"
              onClick={onRemove}
              aria-label={`Remove ${name}`}
            >
              <Trash2 />
              Remove
            </Button>
          </div>
          <GroupProblems path={path} />
          {variant ? (
            <Groups variant={variant} path={path} run={run} />
          ) : (
            <p className="text-bad">There is no kind of run called “{String(run.kind)}”.</p>
          )}
        </div>
      )}
    </details>
  );
}

function RunName({ name, onRename }: { name: string; onRename: (to: string) => void }) {
  const [typed, setTyped] = useState(name);
  return (
    <div className="w-52">
      <label className="font-medium" htmlFor={`name-of-${name}`}>
        Name of the run
      </label>
      <Input
        id={`name-of-${name}`}
        className="mt-1"
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        onBlur={() => typed && typed !== name && onRename(typed)}
      />
    </div>
  );
}

function Groups({
  variant,
  path,
  run,
}: {
  variant: SchemaNode;
  path: string[];
  run: RecipeObject;
}) {
  const properties = Object.entries(variant.properties ?? {}).filter(([key]) => key !== "kind");
  const known = SECTIONS.flatMap(({ groups }) => groups);
  const unknown = properties.flatMap(([, node]) =>
    known.includes(node.group ?? "") ? [] : [node.group ?? ""],
  );
  return (
    <div className="flex flex-col">
      {[...SECTIONS, { title: "Other", groups: unknown }].map(({ title, groups }) => {
        const members = properties.filter(([, node]) => groups.includes(node.group ?? ""));
        return members.length === 0 ? null : (
          <section
            key={title}
            className={classNames(
              "grid gap-x-6 gap-y-2 border-line py-4 not-first:border-t first:pt-0 last:pb-0",
              "md:grid-cols-[7rem_minmax(0,1fr)]",
            )}
          >
            <h3 className="font-semibold text-muted">{title}</h3>
            <ObjectFields
              node={{ properties: Object.fromEntries(members) }}
              path={path}
              value={run}
              fallback={undefined}
            />
          </section>
        );
      })}
    </div>
  );
}

function summaryOf(run: RecipeObject): string {
  const steps = run.steps === undefined ? [] : [`${String(run.steps)} steps`];
  const parents = parentsOf(run).map(({ role, run: parent }) => `${role} from ${parent}`);
  const asked = ["policy", "teacher"].flatMap((role) => {
    const model = valueAt(run, [role, "model"]) || valueAt(run, [role, "endpoint", "model"]);
    return model ? [`${role} ${String(model)}`] : [];
  });
  return [...parents, ...asked, ...steps, ...(run.data ? [`data ${String(run.data)}`] : [])].join(
    " · ",
  );
}
