import { classNames } from "@/components/class-names";

export interface FactRow {
  name: string;
  text: string | undefined;
  /** What the environment that it is compared with has; undefined where it lacks it. */
  other: string | undefined;
}

interface FactTableProps {
  label: string;
  rows: readonly FactRow[];
  /** What the other environment is called; nothing is compared without. */
  comparedWith: string | undefined;
}

/** Facts with their values, those that differ from another environment's marked. */
export function FactTable({ label, rows, comparedWith }: FactTableProps) {
  return (
    <table className="w-full table-fixed text-left text-small" aria-label={label}>
      <thead className={comparedWith ? "" : "sr-only"}>
        <tr className="border-b border-line text-muted">
          <th scope="col" className="h-7 w-2/5 px-4 font-medium sm:w-44">
            Name
          </th>
          <th scope="col" className="px-2 font-medium">
            This attempt
          </th>
          {comparedWith && (
            <th scope="col" className="px-2 font-medium">
              {comparedWith}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, text, other }) => {
          const differs = comparedWith !== undefined && text !== other;
          return (
            <tr
              key={name}
              className={classNames(
                "border-b border-line last:border-0",
                differs && "bg-warn-soft",
              )}
              data-differs={differs || undefined}
            >
              <th scope="row" className="px-4 py-1 align-top font-normal break-words text-muted">
                {differs && (
                  <>
                    <span aria-hidden className="text-warn">
                      ≠{" "}
                    </span>
                    <span className="sr-only">differs: </span>
                  </>
                )}
                {name}
              </th>
              <td className="tabular px-2 py-1 align-top break-all">{text ?? "–"}</td>
              {comparedWith && (
                <td className="tabular px-2 py-1 align-top break-all">{other ?? "–"}</td>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
