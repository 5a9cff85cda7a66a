import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { LogLine } from "@/api/schema";
import { classNames } from "@/components/class-names";
import { Failure } from "@/components/failure";
import { ScrollFrame } from "@/components/ui/scroll-frame";
import { useLog } from "./use-log";

const COLOURS: Partial<Record<LogLine["stream"], string>> = {
  warning: "text-warn",
  error: "text-bad",
  stderr: "text-muted",
};

/** The log, following its end for as long as the reader stays there. */
export function RunLog({ runId }: { runId: string }) {
  const { data: lines = [], error, isPending, refetch } = useLog(runId);
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
  if (error && lines.length === 0) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (lines.length === 0) {
    return (
      <p className="py-8 text-muted">
        {isPending ? "Loading the log …" : "No line was written yet."}
      </p>
    );
  }
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
              key={item.key}
              ref={rows.measureElement}
              data-index={item.index}
              className={classNames(
                "absolute flex gap-3 px-3 whitespace-pre",
                COLOURS[line.stream],
              )}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <time dateTime={line.at} className="shrink-0 text-muted">
                {line.at.slice(11, 19)}
              </time>
              <span className="w-14 shrink-0 text-muted">{line.stream}</span>
              <span>{line.text}</span>
            </div>
          );
        })}
      </div>
    </ScrollFrame>
  );
}
