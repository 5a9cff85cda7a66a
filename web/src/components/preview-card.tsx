import type { ReactNode } from "react";
import { at } from "@/api/prefix";
import type { PreviewRow, PreviewSections } from "@/api/schema";
import { classNames } from "./class-names";
import { Panel } from "./ui/panel";

/** One row as the policy meets it: what it sees, what it is asked, and what it should say. */
export function PreviewCard({ row }: { row: PreviewRow }) {
  return (
    <Panel aria-label={`Row ${row.id}`} className="flex flex-col overflow-hidden">
      <Images row={row} />
      {(row.question || row.gold != null) && <Asked row={row} />}
      {row.demonstration && <Demonstration sections={row.demonstration} />}
      {row.turns && row.turns.length > 0 && <Conversation row={row} />}
      <footer className="mt-auto flex flex-wrap items-center gap-x-3 border-t border-line px-3 py-1.5 text-small text-muted">
        <span className="tabular min-w-0 flex-1 truncate" title={row.id}>
          {row.id}
        </span>
        {row.rollouts > 0 && <span>{counted(row.rollouts, "rollout")}</span>}
        {row.split && <span>{row.split}</span>}
      </footer>
    </Panel>
  );
}

function Asked({ row: { question, gold, gold_type } }: { row: PreviewRow }) {
  return (
    <div className="flex flex-col gap-1 border-t border-line px-3 py-2.5 first:border-0">
      {question && <p className="line-clamp-6 break-words whitespace-pre-wrap">{question}</p>}
      {gold != null && (
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="text-small text-muted">Gold</span>
          <span className="tabular font-medium break-all text-answer-text">{gold}</span>
          <span className="text-small text-muted">{gold_type}</span>
        </p>
      )}
    </div>
  );
}

function Images({ row: { images = [], more_images, id } }: { row: PreviewRow }) {
  if (images.length === 0) {
    return null;
  }
  return (
    <div
      className={classNames("relative grid gap-px bg-sunken", images.length > 1 && "grid-cols-2")}
    >
      {images.map(({ digest, width, height }, index) => (
        <img
          key={digest}
          src={at(`/api/v1/artifacts/${digest}`)}
          alt={`${index + 1} of row ${id}`}
          title={`${width} × ${height} pixels`}
          loading="lazy"
          className={classNames(
            "h-44 w-full object-contain",
            // A picture of a few pixels is drawn as such; a photograph is not made of squares.
            Math.max(width, height) < 160 && "[image-rendering:pixelated]",
          )}
        />
      ))}
      {more_images > 0 && (
        <span className="absolute right-2 bottom-2 rounded-small border border-line bg-raised px-1.5 text-small">
          {more_images} more
        </span>
      )}
    </div>
  );
}

const SECTIONS = [
  { name: "caption", title: "Caption", ink: "text-perception-text" },
  { name: "think", title: "Think", ink: "text-reasoning-text" },
  { name: "answer", title: "Answer", ink: "text-answer-text" },
] as const;

function Demonstration({ sections }: { sections: PreviewSections }) {
  return (
    <dl className="flex flex-col">
      {SECTIONS.map(({ name, title, ink }) => (
        <Part key={name} title={<span className={ink}>{title}</span>} text={sections[name]} />
      ))}
    </dl>
  );
}

function Conversation({ row: { turns = [], question } }: { row: PreviewRow }) {
  // The first question stands above already.
  const shown = question ? turns.slice(1) : turns;
  return (
    <dl className="flex flex-col">
      {shown.map(({ role, content }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a turn is known by its place.
        <Part key={index} title={role} text={content} />
      ))}
    </dl>
  );
}

function Part({ title, text }: { title: ReactNode; text: string }) {
  return (
    <div className="border-t border-line px-3 py-2">
      <dt className="text-small font-medium text-muted capitalize">{title}</dt>
      <dd className="tabular line-clamp-6 text-small leading-5 break-words whitespace-pre-wrap">
        {text}
      </dd>
    </div>
  );
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
