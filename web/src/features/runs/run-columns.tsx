import type { ReactNode } from "react";
import type { MetricMeaning, RunSnapshot } from "@/api/schema";
import { Ago, Elapsed } from "@/components/moment";
import { StateMark, stateWord } from "@/components/run-state";
import { formatNumber } from "@/format/numbers";
import { formatDuration, secondsBetween } from "@/format/time";

/** What is shown of a run below one head. */
export interface RunColumn {
  id: string;
  title: string;
  /** In pixels: rows come and go while one scrolls, and nothing may move for it. */
  width: number;
  /** The order that the server knows by this name. */
  sort?: string;
  cell: (run: RunSnapshot) => ReactNode;
  /** For a table that is taken elsewhere. */
  text: (run: RunSnapshot) => string;
}

const plain = (
  id: string,
  title: string,
  width: number,
  text: (run: RunSnapshot) => string | number | null | undefined,
): RunColumn => ({
  id,
  title,
  width,
  cell: (run) => text(run) ?? null,
  text: (run) => `${text(run) ?? ""}`,
});

const number = (
  id: string,
  title: string,
  width: number,
  text: (run: RunSnapshot) => string | number | null | undefined,
): RunColumn => ({
  ...plain(id, title, width, text),
  cell: (run) => <span className="tabular">{text(run)}</span>,
});

const moment = (
  id: string,
  title: string,
  instant: (run: RunSnapshot) => string | null,
  sort?: string,
): RunColumn => ({
  id,
  title,
  width: 96,
  sort,
  cell: (run) => {
    const at = instant(run);
    return at && <Ago instant={at} />;
  },
  text: (run) => instant(run) ?? "",
});

const COLUMNS: readonly RunColumn[] = [
  {
    ...plain("pipeline", "Pipeline", 168, (run) => `${run.pipeline_name} #${run.pipeline_number}`),
    cell: (run) => (
      <>
        {run.pipeline_name} <span className="tabular text-muted">#{run.pipeline_number}</span>
      </>
    ),
  },
  {
    ...plain("state", "State", 128, stateWord),
    cell: (run) => <StateMark state={run.state} word={stateWord(run)} className="max-w-full" />,
  },
  plain("kind", "Kind", 88, ({ kind }) => kind),
  number("steps", "Steps", 96, ({ step, steps }) => steps && `${step}/${steps}`),
  number("left", "Time left", 96, ({ seconds_left }) =>
    seconds_left == null ? null : formatDuration(seconds_left),
  ),
  number("attempt", "Attempt", 80, ({ attempt }) => attempt),
  {
    ...plain("tags", "Tags", 136, ({ tags }) => tags.join(" ")),
    cell: ({ tags }) => tags.map((tag) => <Tag key={tag} tag={tag} />),
  },
  plain("note", "Note", 200, ({ note }) => note),
  plain("reason", "Why", 240, ({ exit, reason }) => exit?.message ?? reason),
  plain("verdict", "Game", 104, ({ audit }) => audit?.verdict),
  plain("queue", "Queue", 104, ({ queue }) => queue),
  moment("created", "Created", (run) => run.created_at, "created"),
  moment("started", "Started", (run) => run.started_at),
  moment("finished", "Finished", (run) => run.finished_at),
  {
    id: "took",
    title: "Took",
    width: 96,
    cell: ({ started_at, finished_at }) =>
      started_at && <Elapsed from={started_at} until={finished_at} />,
    text: ({ started_at, finished_at }) =>
      started_at ? `${secondsBetween(started_at, finished_at, Date.now()).toFixed(0)}` : "",
  },
  { ...number("id", "Id", 300, ({ id }) => id) },
];

function Tag({ tag }: { tag: string }) {
  return (
    <span className="mr-1 rounded-small border border-line bg-sunken px-1 text-small">{tag}</span>
  );
}

function metricColumn({ name, title }: MetricMeaning): RunColumn {
  const value = ({ latest }: RunSnapshot) => latest[name];
  return {
    id: `metrics.${name}`,
    title,
    width: Math.max(88, 24 + Math.ceil(6.4 * title.length)),
    sort: `metrics.${name}`,
    cell: (run) => {
      const last = value(run);
      return last === undefined ? null : <span className="tabular">{formatNumber(last)}</span>;
    },
    text: (run) => `${value(run) ?? ""}`,
  };
}

/** Every column there can be, those of metrics last. */
export function allColumns(metrics: readonly MetricMeaning[]): RunColumn[] {
  return [...COLUMNS, ...metrics.map(metricColumn)];
}
