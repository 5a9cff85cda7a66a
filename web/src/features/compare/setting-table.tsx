import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { environmentQuery } from "@/api/environments";
import type { ComparedRun, RunGroup } from "@/components/compared-run";
import { differingFacts } from "@/components/environment-facts";
import { Button } from "@/components/ui/button";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import { type DifferingSetting, differingSettings } from "./differing-settings";
import { RunSwatch } from "./run-swatch";

/** So many packages that differ are shown without being asked for. */
const FEW = 8;

/** Only what differs, a column per run: settings, and what the runs were carried out with. */
export function SettingTable({ groups }: { groups: readonly RunGroup[] }) {
  const firsts = groups.flatMap(({ members }) => members[0] ?? []);
  // Seeds that are taken together differ in nothing else.
  const folded = groups.some(({ members }) => members.length > 1);
  const settings = differingSettings(firsts).filter(({ path }) => !folded || path !== "seed");
  const { code, packages } = useDifferingEnvironments(firsts);
  const [open, setOpen] = useState(false);
  const few = packages.length <= FEW;
  const rows = [...settings, ...code, ...(few || open ? packages : [])];
  return (
    <div className="flex min-w-0 flex-col items-start gap-2">
      {rows.length > 0 ? (
        <Rows groups={groups} rows={rows} />
      ) : (
        <p className="text-muted">All settings are the same.</p>
      )}
      {!few && (
        <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? "Hide" : "Show"} the {packages.length} packages that differ
        </Button>
      )}
    </div>
  );
}

/** In what the newest attempts of runs differ; the seed is a setting, and stands there. */
function useDifferingEnvironments(runs: readonly ComparedRun[]) {
  const found = useQueries({ queries: runs.map(({ run }) => environmentQuery(run.id)) });
  const facts = differingFacts(found.map(({ data }) => data?.environment))
    .filter(({ part, name }) => part !== "data" || name !== "seed")
    .map(({ part, name, values }) => ({ part, path: `${part}: ${name}`, values }));
  return {
    code: facts.filter(({ part }) => part !== "packages"),
    packages: facts.filter(({ part }) => part === "packages"),
  };
}

function Rows({
  groups,
  rows,
}: {
  groups: readonly RunGroup[];
  rows: readonly DifferingSetting[];
}) {
  return (
    <ScrollFrame className="w-full" aria-label="Settings that differ">
      <table className="w-full border-collapse text-left" data-testid="differing-settings">
        <thead>
          <tr className="border-b border-line text-small text-muted">
            <th scope="col" className="h-8 px-3 font-medium">
              Setting
            </th>
            {groups.map((group) => (
              <th key={group.key} scope="col" className="h-8 px-3 font-medium whitespace-nowrap">
                <RunSwatch group={group} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ path, values }) => (
            <tr key={path} className="border-b border-line last:border-0 hover:bg-sunken">
              <th scope="row" className="tabular px-3 py-1.5 text-small font-normal">
                {path}
              </th>
              {values.map((value, place) => (
                <td key={groups[place]?.key} className="tabular px-3 py-1.5 text-small break-words">
                  {value ?? <span className="text-muted">–</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollFrame>
  );
}
