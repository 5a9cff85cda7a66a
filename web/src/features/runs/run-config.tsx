import { useMemo } from "react";
import { stringify } from "yaml";
import type { RunSnapshot } from "@/api/schema";
import { CodeLines } from "@/components/code-lines";
import { CopyButton } from "@/components/copy-button";
import { Panel, PanelHeading } from "@/components/ui/panel";

/** Every setting of the run, defaults included. */
export function RunConfig({ run }: { run: RunSnapshot }) {
  const text = useMemo(() => stringify(run.config, { lineWidth: 100 }), [run.config]);
  return (
    <Panel>
      <PanelHeading aside={<CopyButton label="YAML" text={() => text} />}>
        Settings of {run.name}
      </PanelHeading>
      <CodeLines text={text} label={`Settings of ${run.name}`} />
    </Panel>
  );
}
