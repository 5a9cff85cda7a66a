import { type ClipboardEvent, type FormEvent, lazy, Suspense, useState } from "react";
import { Failure } from "@/components/failure";
import { TagInput } from "@/components/tag-input";
import { Button } from "@/components/ui/button";
import { Panel, PanelHeading } from "@/components/ui/panel";

// Only pages with a note pay for reading Markdown.
const Markdown = lazy(() => import("@/components/markdown"));

/** The longest note that the server takes. */
const LONGEST = 20_000;

/** A draft may be longer while somebody shortens it; over megabytes a browser stands still. */
const LONGEST_DRAFT = 5 * LONGEST;

interface LabelsPanelProps {
  title: string;
  tags: readonly string[];
  note: string;
  onTags: (tags: string[]) => void;
  onNote: (note: string) => Promise<unknown>;
  error: unknown;
}

/** What people say of something: tags to find it by, and a note. */
export function LabelsPanel({ title, tags, note, onTags, onNote, error }: LabelsPanelProps) {
  const [draft, setDraft] = useState<string>();
  const [refused, setRefused] = useState(0);
  const paste = (event: ClipboardEvent) => {
    const length = (draft ?? note).length + event.clipboardData.getData("text").length;
    if (length > LONGEST_DRAFT) {
      event.preventDefault();
      setRefused(length);
    }
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await onNote(draft ?? note);
      setDraft(undefined);
    } catch {
      // The panel says why it was refused; what was written stays where it is.
    }
  };
  const isTooLong = draft !== undefined && draft.length > LONGEST;
  return (
    <Panel>
      <PanelHeading
        aside={
          draft === undefined && (
            <Button size="small" onClick={() => setDraft(note)}>
              {note ? "Edit note" : "Write a note"}
            </Button>
          )
        }
      >
        {title}
      </PanelHeading>
      <div className="flex flex-col gap-3 px-4 py-3">
        <TagInput label={`Tags of ${title}`} tags={tags} onChange={onTags} />
        {Boolean(error) && <Failure error={error} />}
        {draft === undefined ? (
          <Note text={note} />
        ) : (
          <form onSubmit={(event) => void save(event)} className="flex flex-col gap-2">
            <textarea
              // biome-ignore lint/a11y/noAutofocus: whoever asked to write wants to write.
              autoFocus
              aria-label={`Note on ${title}, in Markdown`}
              className="tabular min-h-40 w-full max-w-[90ch] rounded-small border border-line-strong/60 bg-raised p-2.5"
              dir="auto"
              aria-invalid={isTooLong}
              value={draft}
              onPaste={paste}
              onChange={(event) => {
                setDraft(event.target.value);
                setRefused(0);
              }}
            />
            <span className="flex items-center gap-2">
              <Button type="submit" variant="primary" disabled={isTooLong}>
                Save
              </Button>
              <Button onClick={() => setDraft(undefined)}>Leave it as it was</Button>
              <span className="text-small text-muted tabular-nums">
                Markdown, {draft.length} of {LONGEST} characters
              </span>
            </span>
            {refused > 0 && (
              <p role="alert" className="text-bad">
                That would be {refused} characters, and a note has at most {LONGEST}. What stood
                here is kept; put a long text elsewhere and link to it.
              </p>
            )}
            {isTooLong && (
              <p role="alert" className="text-bad">
                A note has at most {LONGEST} characters. Shorten this one to save it; a long text is
                better kept elsewhere and linked to.
              </p>
            )}
          </form>
        )}
      </div>
    </Panel>
  );
}

function Note({ text }: { text: string }) {
  if (!text.trim()) {
    return (
      <p className="text-muted">
        Nobody has written anything yet: what was tried here, and what came of it?
      </p>
    );
  }
  return (
    <Suspense fallback={<p className="whitespace-pre-wrap wrap-anywhere">{text}</p>}>
      <Markdown text={text} />
    </Suspense>
  );
}
