import type { Response } from "@/api/schema";
import { classNames } from "@/components/class-names";
import { type MarkedLine, markLines, type Piece } from "./difference";
import { ScoreBar } from "./score-bar";

interface ResponseViewProps {
  response: Response;
  /** The response beside it, which its lines are compared with. */
  other: Response | undefined;
  scale: number;
  /** What it means that the other side lacks a line. */
  mark: "missing" | "added";
}

const MARKS = {
  missing: { sign: "–", words: "not in the rollout", look: "bg-warn-soft" },
  added: { sign: "+", words: "not in the demonstration", look: "bg-info-soft" },
};

/** A response section by section, with what each expert thought of it. */
export function ResponseView({ response, other, scale, mark }: ResponseViewProps) {
  const { caption, reasoning, answer } = response;
  if (!caption && !reasoning) {
    return (
      <Part title="Text as it came">
        <p className="whitespace-pre-wrap wrap-anywhere">{response.text}</p>
      </Part>
    );
  }
  return (
    <>
      {caption && (
        <Part
          title="Caption"
          bar={<ScoreBar label="P" value={caption.score} scale={scale} colour="perception" />}
        >
          <Lines lines={markLines(caption.text, other?.caption?.text)} mark={mark} />
        </Part>
      )}
      {reasoning && (
        <Part
          title="Think"
          bar={<ScoreBar label="R" value={reasoning.score} scale={scale} colour="reasoning" />}
        >
          <Lines lines={markLines(reasoning.text, other?.reasoning?.text)} mark={mark} />
        </Part>
      )}
      <Part
        title="Answer"
        bar={<ScoreBar label="Whole" value={response.score} scale={scale} colour="response" />}
      >
        <p className="tabular wrap-anywhere">
          {answer ?? <span className="text-muted">none</span>}
        </p>
      </Part>
    </>
  );
}

interface PartProps {
  title: string;
  bar?: React.ReactNode;
  children: React.ReactNode;
}

function Part({ title, bar, children }: PartProps) {
  return (
    <section className="border-t border-line px-3 py-2">
      <header className="mb-1 flex min-h-5 flex-wrap items-center justify-between gap-2">
        <h4 className="text-small font-medium text-muted">{title}</h4>
        {bar}
      </header>
      {children}
    </section>
  );
}

/** Lines with what the other side lacks marked. */
export function Lines({ lines, mark }: { lines: MarkedLine[]; mark: ResponseViewProps["mark"] }) {
  const { sign, words, look } = MARKS[mark];
  return (
    <ul className="tabular text-small leading-5">
      {lines.map(({ pieces, shared }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its place.
        <li key={index} className="flex gap-1.5 px-1">
          <span className="w-2 shrink-0 select-none" title={shared ? undefined : words}>
            {!shared && (
              <>
                <span aria-hidden>{sign}</span>
                <span className="sr-only">{words}</span>
              </>
            )}
          </span>
          <span className="min-w-0 break-words whitespace-pre-wrap">
            {pieces.map((piece, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a piece is known by its place.
              <Marked key={place} piece={piece} look={look} />
            ))}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What the other side lacks is a mark of its own, which a screen reader can tell too. */
function Marked({ piece: { text, shared }, look }: { piece: Piece; look: string }) {
  return shared ? (
    text
  ) : (
    <mark className={classNames("rounded-small text-inherit", look)}>{text}</mark>
  );
}
