import { Plus } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { MetricMeaning, Panel } from "@/api/schema";
import { CopyButton } from "@/components/copy-button";
import { Failure } from "@/components/failure";
import { Button } from "@/components/ui/button";
import { EmptyPanel } from "./empty-panel";
import { PanelForm } from "./panel-form";
import { PanelTools } from "./panel-tools";
import { linkTo, useOwnPanels, useSharedPanels } from "./use-own-panels";

interface OwnPanelsProps {
  projectId: string;
  catalog: readonly MetricMeaning[];
  /** The metrics that there is anything to draw of. */
  present: readonly string[];
  draw: DrawPanel;
}

type DrawPanel = (panel: Panel, id: string, tools: ReactNode) => ReactNode;

/** Charts that somebody has put together, for every run of a project; a link can hold them too. */
export function OwnPanels({ projectId, ...rest }: OwnPanelsProps) {
  const own = useOwnPanels(projectId);
  const { shared, leave } = useSharedPanels();
  const keep = (panels: readonly Panel[]) => {
    own.change([...own.panels, ...panels]);
    leave();
  };
  return (
    <section aria-label="Own panels" className="flex flex-col gap-2" data-testid="own-panels">
      {own.error && <Failure error={own.error} />}
      {shared ? (
        <>
          <PanelHeader title="Panels of this link">
            <Button size="small" disabled={!own.isKnown} onClick={() => keep(shared)}>
              Keep them
            </Button>
            <Button size="small" variant="quiet" onClick={leave}>
              Show my own
            </Button>
          </PanelHeader>
          <PanelGrid panels={shared} {...rest} toolsOf={() => null} />
        </>
      ) : (
        <Editable panels={own.panels} isKnown={own.isKnown} onChange={own.change} {...rest} />
      )}
    </section>
  );
}

interface EditableProps extends Omit<OwnPanelsProps, "projectId"> {
  panels: readonly Panel[];
  isKnown: boolean;
  onChange: (panels: readonly Panel[]) => void;
}

function Editable({ panels, isKnown, onChange, ...rest }: EditableProps) {
  const [edited, setEdited] = useState<number | "new">();
  const [said, setSaid] = useState("");
  const move = (place: number, by: -1 | 1) => {
    const moved = panels[place];
    if (moved) {
      onChange(panels.toSpliced(place, 1).toSpliced(place + by, 0, moved));
      setSaid(`${moved.title} is at place ${place + by + 1} of ${panels.length}`);
    }
  };
  const save = (panel: Panel) => {
    onChange(typeof edited === "number" ? panels.with(edited, panel) : [...panels, panel]);
    setEdited(undefined);
  };
  return (
    <>
      <PanelHeader title="Own panels">
        <Button size="small" disabled={!isKnown} onClick={() => setEdited("new")}>
          <Plus /> Add panel
        </Button>
        {panels.length > 0 && <CopyButton label="link" text={() => linkTo(panels)} />}
        {isKnown && panels.length === 0 && (
          <span className="text-small text-muted">
            Charts of metrics that you choose, kept for all runs of the project
          </span>
        )}
      </PanelHeader>
      <PanelGrid
        panels={panels}
        {...rest}
        toolsOf={(place, { title }) => (
          <PanelTools
            title={title}
            place={place}
            of={panels.length}
            onMove={(by) => move(place, by)}
            onEdit={() => setEdited(place)}
            onRemove={() => onChange(panels.toSpliced(place, 1))}
          />
        )}
      />
      <p role="status" className="sr-only">
        {said}
      </p>
      {edited !== undefined && (
        <PanelForm
          panel={edited === "new" ? undefined : panels[edited]}
          present={rest.present}
          catalog={rest.catalog}
          onSave={save}
          onClose={() => setEdited(undefined)}
        />
      )}
    </>
  );
}

function PanelHeader({ title, children }: { title: string; children: ReactNode }) {
  return (
    <header className="flex min-h-6 flex-wrap items-center gap-2">
      <h3 className="mr-1 font-semibold">{title}</h3>
      {children}
    </header>
  );
}

interface PanelGridProps extends Omit<OwnPanelsProps, "projectId"> {
  panels: readonly Panel[];
  toolsOf: (place: number, panel: Panel) => ReactNode;
}

function PanelGrid({ panels, catalog, present, draw, toolsOf }: PanelGridProps) {
  return panels.length === 0 ? null : (
    <ol className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,22rem),1fr))] gap-3">
      {keyed(panels).map(({ key, panel }, place) => {
        const tools = toolsOf(place, panel);
        return (
          <li key={key} className="min-w-0">
            {panel.metrics.some((name) => present.includes(name)) ? (
              draw(panel, `own-${place + 1}`, tools)
            ) : (
              <EmptyPanel panel={panel} catalog={catalog} tools={tools} />
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** Panels with keys that they keep when they are moved. */
function keyed(panels: readonly Panel[]): { key: string; panel: Panel }[] {
  const seen = new Map<string, number>();
  return panels.map((panel) => {
    const text = JSON.stringify(panel);
    const count = seen.get(text) ?? 0;
    seen.set(text, count + 1);
    return { key: `${text} ${count}`, panel };
  });
}
