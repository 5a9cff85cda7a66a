import type { StudyPlan } from "@/api/schema";
import { describe } from "./same";

/** The arms and how many runs they come to, before anything is launched. */
export function PlannedStudy({ plan }: { plan: StudyPlan }) {
  const saved = plan.unshared_runs - plan.total_runs;
  return (
    <div className="flex flex-col gap-2" data-testid="planned-study">
      <p>
        {counted(plan.arms.length, "arm")} × {counted(plan.seeds.length, "seed")} →{" "}
        <span className="tabular font-semibold" data-testid="total-runs">
          {counted(plan.total_runs, "run")}
        </span>
        {saved > 0 && (
          <span className="text-muted">
            {" "}
            ({saved} fewer than apart, for what arms share is trained once)
          </span>
        )}
      </p>
      <ol className="max-h-56 divide-y divide-line overflow-y-auto border-y border-line">
        {plan.arms.map(({ label, changes }) => (
          <li key={label} className="py-1">
            <span className="font-medium">{label}</span>
            <span className="block text-small break-words text-muted">
              {Object.entries(changes)
                .map(([path, value]) => `${path}: ${describe(value)}`)
                .join("; ") || "the recipe as it is"}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
