import { Link } from "@tanstack/react-router";
import type { StudySnapshot } from "@/api/schema";
import { StateMark } from "@/components/run-state";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import { progressOf } from "./cells";

/** Arms down, seeds across: how far each has come. */
export function StudyTable({ study: { arms, seeds, cells } }: { study: StudySnapshot }) {
  const cellOf = new Map(cells.map((cell) => [`${cell.seed} ${cell.arm}`, cell]));
  return (
    <ScrollFrame aria-label="Arms and seeds">
      <table className="w-full border-collapse text-left" data-testid="study-table">
        <thead>
          <tr className="border-b border-line text-small text-muted">
            <th scope="col" className="h-8 px-3 font-medium">
              Arm
            </th>
            {seeds.map((seed) => (
              <th key={seed} scope="col" className="h-8 px-3 font-medium whitespace-nowrap">
                seed <span className="tabular">{seed}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {arms.map(({ label, changes }) => (
            <tr key={label} className="border-b border-line last:border-0 hover:bg-sunken">
              <th scope="row" className="px-3 py-1.5 font-medium">
                {label}
                <span className="block text-small font-normal break-words text-muted">
                  {Object.keys(changes).join(", ") || "the recipe as it is"}
                </span>
              </th>
              {seeds.map((seed) => {
                const cell = cellOf.get(`${seed} ${label}`);
                return (
                  <td key={seed} className="px-3 py-1.5 whitespace-nowrap">
                    {cell && <Cell cell={cell} />}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollFrame>
  );
}

function Cell({ cell }: { cell: StudySnapshot["cells"][number] }) {
  const { done, of, run } = progressOf(cell);
  return (
    <Link
      to="/pipelines/$pipelineId"
      params={{ pipelineId: cell.pipeline_id }}
      search={{ run }}
      className="inline-flex items-center gap-2 hover:underline"
      data-testid={`cell-${cell.arm}-${cell.seed}`}
    >
      <StateMark state={cell.state} />
      <span className="tabular text-small text-muted">
        {done}/{of}
        <span className="sr-only"> runs done</span>
      </span>
    </Link>
  );
}
