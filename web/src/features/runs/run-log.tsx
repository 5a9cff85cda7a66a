import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import type { LogLine } from "@/api/schema";
import { classNames } from "@/components/class-names";
import { Failure } from "@/components/failure";
import { useShortcuts } from "@/components/shortcuts";
import { Input } from "@/components/ui/input";
import { Outline } from "@/components/ui/outline";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import { formatClock, formatInstant } from "@/format/time";
import { inked, plain } from "./ansi";
import { useLog } from "./use-log";

const COLOURS: Partial<Record<LogLine["stream"], string>> = {
  warning: "text-warn",
  error: "text-bad",
  stderr: "text-muted",
};

/** The log, following its end for as long as the reader stays there. */
export function RunLog({ runId }: { runId: string }) {
  const { data: lines = [], error, isPending, refetch } = useLog(runId);
  const [wanted, setWanted] = useState("");
  const shown = useMemo(() => linesWith(lines, wanted), [lines, wanted]);
  if (error && lines.length === 0) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (lines.length === 0) {
    return isPending ? (
      <Outline what="the log" className="h-96" />
    ) : (
      <p className="py-8 text-muted">No line was written yet.</p>
    );
  }
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-3">
        <Search wanted={wanted} onChange={setWanted} />
        <span role="status" className="text-small text-muted tabular-nums">
          {wanted ? `${shown.length} of ${lines.length} lines` : `${lines.length} lines`}
        </span>
      </div>
      <Lines lines={shown} wanted={wanted} />
    </div>
  );
}

function linesWith(lines: readonly LogLine[], wanted: string): readonly LogLine[] {
  const low = wanted.toLowerCase();
  return low ? lines.filter(({ text }) => plain(text).toLowerCase().includes(low)) : lines;
}

function Search({ wanted, onChange }: { wanted: string; onChange: (wanted: string) => void }) {
  const box = useRef<HTMLInputElement>(null);
  useShortcuts("Log", { "/": { does: "Search the log", run: () => box.current?.focus() } });
  return (
    <Input
      ref={box}
      type="search"
      aria-label="Search the log"
      placeholder="Lines with …"
      className="max-w-80"
      value={wanted}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

function Lines({ lines, wanted }: { lines: readonly LogLine[]; wanted: string }) {
  const frame = useRef<HTMLElement>(null);
  const [follows, setFollows] = useState(true);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: () => 18,
    overscan: 20,
  });
  useEffect(() => {
    if (follows && lines.length > 0) {
      rows.scrollToIndex(lines.length - 1, { align: "end" });
    }
  }, [lines.length, follows, rows]);
  return (
    <ScrollFrame
      ref={frame}
      aria-label="Log"
      data-testid="log"
      data-lines={lines.length}
      onScroll={({ currentTarget: box }) =>
        setFollows(box.scrollHeight - box.scrollTop - box.clientHeight < 40)
      }
      className="tabular h-[60vh] text-small"
    >
      <div className="relative min-w-max" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((item) => {
          const line = lines[item.index] as LogLine;
          return (
            <div
              key={line.number}
              ref={rows.measureElement}
              data-index={item.index}
              className={classNames(
                "absolute flex gap-3 px-3 whitespace-pre",
                COLOURS[line.stream],
              )}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <time
                dateTime={line.at}
                title={formatInstant(line.at)}
                className="shrink-0 text-muted"
              >
                {formatClock(line.at)}
              </time>
              <span className="w-14 shrink-0 text-muted">{line.stream}</span>
              <Text text={line.text} wanted={wanted} />
            </div>
          );
        })}
      </div>
    </ScrollFrame>
  );
}

/** A line in the colours that its program gave it, with what is searched for marked. */
function Text({ text, wanted }: { text: string; wanted: string }) {
  return (
    <span>
      {inked(text).map(({ text: part, colour, isBold }, place) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: a part is known by its place.
          key={place}
          className={classNames(colour, isBold && "font-semibold")}
        >
          <Marked text={part} wanted={wanted} />
        </span>
      ))}
    </span>
  );
}

function Marked({ text, wanted }: { text: string; wanted: string }) {
  const at = wanted ? text.toLowerCase().indexOf(wanted.toLowerCase()) : -1;
  if (at < 0) {
    return text;
  }
  const end = at + wanted.length;
  return (
    <>
      {text.slice(0, at)}
      <mark className="rounded-small bg-warn-soft text-inherit">{text.slice(at, end)}</mark>
      <Marked text={text.slice(end)} wanted={wanted} />
    </>
  );
}
