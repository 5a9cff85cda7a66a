import type { Removal } from "@/api/schema";
import { formatSize } from "@/format/numbers";

/** What would go, and how much room that gives back. */
export function RemovalTable({ removal }: { removal: Removal }) {
  const rows: [what: string, count: number, bytes: number][] = [
    ["Checkpoints", removal.checkpoints, removal.checkpoint_bytes],
    ["Images that nothing else shows", removal.images, removal.image_bytes],
    ["Samples", removal.samples, removal.sample_bytes],
    ["Runs whose curves go", removal.metric_runs, removal.metric_bytes],
  ];
  return (
    <table className="w-full" data-testid="removal">
      <tbody>
        {rows.map(([what, count, bytes]) => (
          <tr key={what} className="border-b border-line">
            <th scope="row" className="py-1 text-left font-normal">
              {what}
            </th>
            <td className="tabular py-1 text-right">{count}</td>
            <td className="tabular py-1 pl-4 text-right whitespace-nowrap">{formatSize(bytes)}</td>
          </tr>
        ))}
        <tr>
          <th scope="row" className="py-1 text-left font-medium">
            Altogether, of {removal.runs === 1 ? "1 run" : `${removal.runs} runs`}
          </th>
          <td />
          <td className="tabular py-1 pl-4 text-right font-medium whitespace-nowrap">
            {formatSize(removal.total_bytes)}
          </td>
        </tr>
      </tbody>
    </table>
  );
}
