import { useQuery } from "@tanstack/react-query";
import { checkpointsQuery } from "@/api/runs";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import { formatSize } from "@/format/numbers";

const COLUMNS = ["Step", "Kind", "Role", "Size", "Attempt", "Durable", "Location"];

/** What the run saved, and whether it is safe yet. */
export function RunCheckpoints({ runId }: { runId: string }) {
  const { data, error, isPending, refetch } = useQuery(checkpointsQuery(runId));
  if (error && !data) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (!data || data.data.length === 0) {
    return (
      <p className="py-8 text-muted">{isPending ? "Loading …" : "No checkpoint was saved yet."}</p>
    );
  }
  return (
    <ScrollFrame aria-label="Checkpoints">
      <table className="w-full text-left" data-testid="checkpoints">
        <thead>
          <tr className="border-b border-line text-small text-muted">
            {COLUMNS.map((title) => (
              <th key={title} scope="col" className="h-8 px-3 font-medium">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.data.map((checkpoint) => (
            <tr key={checkpoint.id} className="border-b border-line last:border-0">
              <td className="tabular h-8 px-3">{checkpoint.step}</td>
              <td className="px-3">{checkpoint.kind}</td>
              <td className="px-3">{checkpoint.role}</td>
              <td className="tabular px-3 whitespace-nowrap">{formatSize(checkpoint.size)}</td>
              <td className="tabular px-3">{checkpoint.attempt}</td>
              <td className="px-3">
                {checkpoint.durable_at ? (
                  <Ago instant={checkpoint.durable_at} />
                ) : (
                  <span className="text-warn">not yet</span>
                )}
              </td>
              <td className="tabular max-w-96 truncate px-3 text-small text-muted">
                {checkpoint.location}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollFrame>
  );
}
