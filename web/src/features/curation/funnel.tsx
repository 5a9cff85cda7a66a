import { useQuery } from "@tanstack/react-query";
import { gatesQuery } from "@/api/runs";
import type { GatePassed, RunSnapshot } from "@/api/schema";
import { ColumnHead } from "@/components/ui/column-head";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import { funnelOf, reasonsOf } from "./gates";

const COLUMNS = ["Gate", "Given", "Kept", "Dropped, by reason"];

/** What became of the items of a curation, gate by gate. */
export function Funnel({ run }: { run: RunSnapshot }) {
  const { data: gates = [] } = useQuery(gatesQuery(run, run.step));
  const funnel = funnelOf(gates);
  if (funnel.length === 0) {
    return null;
  }
  return (
    <ScrollFrame aria-label="Funnel of the curation" className="max-h-96">
      <table className="w-full text-left" data-testid="funnel">
        <thead className="sticky top-0 bg-raised">
          <tr>
            {COLUMNS.map((title) => (
              <ColumnHead key={title}>{title}</ColumnHead>
            ))}
          </tr>
        </thead>
        <tbody>
          {funnel.map((gate) => (
            <Row key={gate.gate} gate={gate} most={funnel[0]?.given ?? 1} />
          ))}
        </tbody>
      </table>
    </ScrollFrame>
  );
}

function Row({ gate, most }: { gate: GatePassed; most: number }) {
  return (
    <tr className="border-t border-line" data-testid="gate-row">
      <th scope="row" className="h-8 px-3 font-normal whitespace-nowrap">
        {gate.title}
      </th>
      <td className="tabular px-3">{gate.given}</td>
      <td className="px-3 whitespace-nowrap">
        <span className="tabular inline-block w-14">{gate.kept}</span>
        <span
          aria-hidden
          className="inline-block h-2 rounded-sm bg-accent"
          style={{ width: `${(100 * gate.kept) / Math.max(most, 1)}px` }}
        />
      </td>
      <td className="min-w-80 px-3 py-1.5 text-small text-muted">{reasonsOf(gate)}</td>
    </tr>
  );
}
