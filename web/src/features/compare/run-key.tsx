import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { classNames } from "@/components/class-names";
import type { RunGroup } from "@/components/compared-run";
import { StateMark } from "@/components/run-state";
import { Button } from "@/components/ui/button";
import { RunSwatch } from "./run-swatch";

interface RunKeyProps {
  groups: readonly RunGroup[];
  onRemove: (group: RunGroup) => void;
}

/** Which colour is which run, how it stands, and the way out of the comparison. */
export function RunKey({ groups, onRemove }: RunKeyProps) {
  return (
    <ul className="flex flex-wrap gap-2" data-testid="compared-runs">
      {groups.map((group) => {
        const [first] = group.members;
        return first ? (
          <li
            key={group.key}
            className={classNames(
              "flex min-w-0 max-w-full items-center gap-2 rounded-panel border border-line bg-raised py-0.5 pl-2.5",
              groups.length > 2 ? "pr-0.5" : "pr-2.5",
            )}
          >
            <Link
              to="/pipelines/$pipelineId"
              params={{ pipelineId: first.pipeline.id }}
              search={{ run: first.run.name }}
              className="min-w-0 hover:underline"
            >
              <RunSwatch group={group} />
            </Link>
            {group.members.length === 1 && <StateMark state={first.run.state} />}
            {groups.length > 2 && (
              <Button
                variant="quiet"
                size="icon"
                className="size-6"
                aria-label={`Take ${group.label} out`}
                onClick={() => onRemove(group)}
              >
                <X />
              </Button>
            )}
          </li>
        ) : null;
      })}
    </ul>
  );
}
