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
    own.change((mine) => [...mine, ...panels]);
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
  onChange: (update: (panels: readonly Panel[]) => readonly Panel[]) => void;
}

function Editable({ panels, isKnown, onChange, ...rest }: EditableProps) {
  const [edited, setEdited] = useState<Panel | "new">();
  const [said, setSaid] = useState("");
  const move = (panel: Panel, by: -1 | 1) =>
    onChange((known) => {
      const order = moved(known, panel, by);
      setSaid(`${panel.title} is at place ${placeIn(order, panel) + 1} of ${order.length}`);
      return order;
    });
  const save = (panel: Panel) => {
    onChange((known) =>
      edited && edited !== "new" ? replaced(known, edited, [panel]) : [...known, panel],
    );
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
        toolsOf={(place, panel) => (
          <PanelTools
            title={panel.title}
            place={place}
            of={panels.length}
            onMove={(by) => move(panel, by)}
            onEdit={() => setEdited(panel)}
            onRemove={() => onChange((known) => replaced(known, panel, []))}
          />
        )}
      />
      <p role="status" className="sr-only">
        {said}
      </p>
      {edited !== undefined && (
        <PanelForm
          panel={edited === "new" ? undefined : edited}
          present={rest.present}
          catalog={rest.catalog}
          onSave={save}
          onClose={() => setEdited(undefined)}
        />
      )}
    </>
  );
}

/** The panels with one of them a place further on or back, if there is such a place. */
function moved(panels: readonly Panel[], panel: Panel, by: -1 | 1): readonly Panel[] {
  const place = placeIn(panels, panel);
  const target = place + by;
  return place < 0 || target < 0 || target >= panels.length
    ? panels
    : panels.toSpliced(place, 1).toSpliced(target, 0, panel);
}

/** Where a panel stands; the cache keeps a copy of what it was given, so that it is compared. */
function placeIn(panels: readonly Panel[], panel: Panel): number {
  const text = JSON.stringify(panel);
  return panels.findIndex((one) => JSON.stringify(one) === text);
}

function replaced(panels: readonly Panel[], panel: Panel, by: readonly Panel[]): readonly Panel[] {
  const place = placeIn(panels, panel);
  return place < 0 ? panels : panels.toSpliced(place, 1, ...by);
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
