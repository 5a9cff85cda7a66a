import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { RunSnapshot } from "@/api/schema";
import { classNames } from "@/components/class-names";
import { useShortcuts } from "@/components/shortcuts";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import type { RunColumn } from "./run-columns";
import type { Selection } from "./selection";

const ROW = 32;
const BOX = 36;
const NAME = 152;
/** So many rows before the last one read the next page is asked for. */
const AHEAD = 40;

interface RunGridProps {
  runs: readonly RunSnapshot[];
  columns: readonly RunColumn[];
  selection: Selection;
  sort: string;
  onSort: (field: string) => void;
  hasMore: boolean;
  onMore: () => void;
  onSight: (runs: readonly RunSnapshot[]) => void;
  empty: ReactNode;
}

/** Any number of runs, of which only those in sight are on the page. */
export function RunGrid({ runs, columns, selection, sort, onSort, ...rest }: RunGridProps) {
  const frame = useRef<HTMLElement>(null);
  const rows = useVirtualizer({
    count: runs.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 12,
    scrollMargin: ROW,
  });
  const items = rows.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? -1];
  const { hasMore, onMore, onSight } = rest;
  useEffect(() => {
    if (hasMore && last >= runs.length - AHEAD) {
      onMore();
    }
  }, [hasMore, last, runs.length, onMore]);
  useEffect(() => onSight(runs.slice(first, last + 1)), [runs, first, last, onSight]);
  const focusRow = useFocusedRow(frame, (place) => rows.scrollToIndex(place));
  useRowKeys(runs, selection, focusRow);

  const width = BOX + NAME + columns.reduce((sum, column) => sum + column.width, 0);
  const above = items[0] ? items[0].start - ROW : 0;
  const below = rows.getTotalSize() - (items.at(-1)?.end ?? ROW) + ROW;
  return (
    <ScrollFrame
      ref={frame}
      aria-label="Runs"
      className="h-[calc(100dvh-12.5rem)] min-h-64"
      data-testid="runs"
      data-rows={runs.length}
    >
      <table
        className="min-w-full table-fixed border-collapse text-left"
        style={{ width }}
        aria-rowcount={hasMore ? -1 : runs.length + 1}
      >
        <colgroup>
          <col style={{ width: BOX }} />
          <col style={{ width: NAME }} />
          {columns.map((column) => (
            <col key={column.id} style={{ width: column.width }} />
          ))}
        </colgroup>
        <Head runs={runs} columns={columns} selection={selection} sort={sort} onSort={onSort} />
        <tbody>
          <Room height={above} />
          {items.map(({ index }) => (
            <Row
              key={runs[index]?.id}
              place={index}
              run={runs[index] as RunSnapshot}
              columns={columns}
              selection={selection}
            />
          ))}
          <Room height={below} />
        </tbody>
      </table>
      {runs.length === 0 && <div className="px-4 py-8 text-muted">{rest.empty}</div>}
    </ScrollFrame>
  );
}

/** The height of the rows that are not on the page. */
function Room({ height }: { height: number }) {
  return height > 0 ? (
    <tr aria-hidden>
      <td style={{ height }} />
    </tr>
  ) : null;
}

type HeadProps = Pick<RunGridProps, "runs" | "columns" | "selection" | "sort" | "onSort">;

function Head({ runs, columns, selection, sort, onSort }: HeadProps) {
  const chosen = runs.filter(({ id }) => selection.has(id)).length;
  const all = runs.length > 0 && chosen === runs.length;
  return (
    <thead className="sticky top-0 z-10 bg-raised shadow-[0_1px_0_var(--line)]">
      <tr aria-rowindex={1} style={{ height: ROW }} className="text-small text-muted">
        <th scope="col" className="px-3">
          <input
            type="checkbox"
            aria-label="Choose all runs that were read"
            className="block"
            checked={all}
            ref={(box) => {
              if (box) {
                box.indeterminate = chosen > 0 && !all;
              }
            }}
            onChange={() => selection.setAll(!all)}
          />
        </th>
        <th scope="col" className="px-3 font-medium">
          Run
        </th>
        {columns.map((column) => (
          <ColumnHead key={column.id} column={column} sort={sort} onSort={onSort} />
        ))}
      </tr>
    </thead>
  );
}

interface ColumnHeadProps {
  column: RunColumn;
  sort: string;
  onSort: (field: string) => void;
}

function ColumnHead({ column: { title, sort: field }, sort, onSort }: ColumnHeadProps) {
  const isSorted = field !== undefined && sort.replace(/^-/, "") === field;
  const direction = sort.startsWith("-") ? "descending" : "ascending";
  return (
    <th
      scope="col"
      aria-sort={isSorted ? direction : undefined}
      className="truncate px-3 font-medium"
      title={title}
    >
      {field ? (
        <button
          type="button"
          className="inline-flex max-w-full items-center gap-1 font-medium hover:text-text"
          onClick={() => onSort(field)}
        >
          <span className="truncate">{title}</span>
          {isSorted && <span aria-hidden>{direction === "ascending" ? "↑" : "↓"}</span>}
        </button>
      ) : (
        title
      )}
    </th>
  );
}

interface RowProps {
  place: number;
  run: RunSnapshot;
  columns: readonly RunColumn[];
  selection: Selection;
}

function Row({ place, run, columns, selection }: RowProps) {
  const isChosen = selection.has(run.id);
  return (
    <tr
      aria-rowindex={place + 2}
      data-testid={`row-${run.id}`}
      style={{ height: ROW }}
      className={classNames(
        "border-b border-line focus-within:bg-sunken hover:bg-sunken",
        isChosen && "bg-accent-soft focus-within:bg-accent-soft hover:bg-accent-soft",
      )}
    >
      <td className="px-3">
        <input
          type="checkbox"
          aria-label={`Choose ${run.name} of ${run.pipeline_name} #${run.pipeline_number}`}
          className="block"
          checked={isChosen}
          onChange={({ nativeEvent }) =>
            selection.toggle(run, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)
          }
        />
      </td>
      <td className="truncate px-3">
        <Link
          to="/pipelines/$pipelineId"
          params={{ pipelineId: run.pipeline_id }}
          search={{ run: run.name }}
          preload={false}
          data-place={place}
          className="font-medium hover:text-accent hover:underline"
        >
          {run.name}
        </Link>
      </td>
      {columns.map((column) => (
        <td key={column.id} className="truncate px-3">
          {column.cell(run)}
        </td>
      ))}
    </tr>
  );
}

/** Puts the focus on the row at a place, which may have to be scrolled to first. */
function useFocusedRow(
  frame: { readonly current: HTMLElement | null },
  scrollTo: (place: number) => void,
): (place: number) => void {
  const [wanted, setWanted] = useState<number>();
  useEffect(() => {
    if (wanted === undefined) {
      return;
    }
    const link = frame.current?.querySelector<HTMLElement>(`[data-place="${wanted}"]`);
    if (link) {
      link.focus({ preventScroll: true });
      setWanted(undefined);
    }
  });
  return (place) => {
    scrollTo(place);
    setWanted(place);
  };
}

function useRowKeys(
  runs: readonly RunSnapshot[],
  selection: Selection,
  focusRow: (place: number) => void,
): void {
  const last = useRef(-1);
  const move = (by: number) => {
    const here = document.activeElement?.closest("tr")?.querySelector("[data-place]");
    const place = here instanceof HTMLElement ? Number(here.dataset.place) : last.current;
    last.current = Math.max(0, Math.min(runs.length - 1, place + by));
    focusRow(last.current);
  };
  const choose = () => {
    const run = runs[last.current];
    if (run) {
      selection.toggle(run, false);
    }
  };
  useShortcuts("Runs", {
    j: { does: "Next run", run: () => move(1) },
    k: { does: "Run before", run: () => move(-1) },
    x: { does: "Choose the run, or leave it out", run: choose },
  });
}
