import type { RunGroup } from "@/components/compared-run";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import { differingSettings } from "./differing-settings";
import { RunSwatch } from "./run-swatch";

/** Only what differs, a column per run. */
export function SettingTable({ groups }: { groups: readonly RunGroup[] }) {
  const firsts = groups.flatMap(({ members }) => members[0] ?? []);
  // Seeds that are taken together differ in nothing else.
  const folded = groups.some(({ members }) => members.length > 1);
  const settings = differingSettings(firsts).filter(({ path }) => !folded || path !== "seed");
  if (settings.length === 0) {
    return <p className="text-muted">All settings are the same.</p>;
  }
  return (
    <ScrollFrame aria-label="Settings that differ">
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
          {settings.map(({ path, values }) => (
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
