import type { Change } from "@/api/schema";

/** Settings that differ, with their values on both sides. */
export function ChangeTable({
  changes,
  titles = ["Before", "After"],
}: {
  changes: readonly Change[];
  titles?: readonly [string, string];
}) {
  return (
    <table className="w-full text-left text-small" data-testid="change-table">
      <thead>
        <tr className="border-b border-line text-muted">
          {["Setting", ...titles].map((title) => (
            <th key={title} scope="col" className="h-7 px-3 font-medium">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {changes.map(({ field, before, after }) => (
          <tr key={field} className="border-b border-line align-top last:border-0">
            <td className="tabular px-3 py-1 break-all">{field}</td>
            <td className="tabular max-w-96 px-3 py-1 break-words text-muted">{said(before)}</td>
            <td className="tabular max-w-96 px-3 py-1 break-words">{said(after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function said(value: unknown): string {
  if (value === null || value === undefined) {
    return "not set";
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}
