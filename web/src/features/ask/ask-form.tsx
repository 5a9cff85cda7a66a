import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type KeyboardEvent, useEffect, useState } from "react";
import { newKey } from "@/api/new-key";
import { prefix } from "@/api/prefix";
import { Refusal } from "@/api/problem";
import { launchQuestion } from "@/api/questions";
import type { PipelineSnapshot, RunSnapshot } from "@/api/schema";
import { CopyButton } from "@/components/copy-button";
import { Failure } from "@/components/failure";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { Select } from "@/components/ui/select";
import { Textarea } from "@/components/ui/textarea";
import { loadDraft, saveDraft } from "./draft";
import { ImageChoice } from "./image-choice";
import {
  keyOf,
  MOST_IMAGES,
  MOST_SAMPLES,
  type Question,
  type Reference,
  recipeOf,
  type Source,
} from "./question";

interface AskFormProps {
  /** The run whose checkpoint is tried. */
  run: RunSnapshot;
  policies: readonly Source[];
  discriminators: readonly Source[];
  initial: Question;
  /** Beside which checkpoint and question it is typed: a draft of there is taken up again. */
  place: string;
  onAsked: (pipeline: PipelineSnapshot) => void;
}

/** An image, a question, and whom it is put to. */
export function AskForm({ run, policies, discriminators, onAsked, ...props }: AskFormProps) {
  const { initial, place } = props;
  const queryClient = useQueryClient();
  const [first] = useState(() => loadDraft(place) ?? initial);
  const [question, setQuestion] = useState(first);
  // What is only looked at takes the place of no draft.
  useEffect(() => {
    if (question !== first) {
      saveDraft({ place, question });
    }
  }, [question, first, place]);
  const [key, setKey] = useState(newKey);
  // What is sent again under one key must be the same; a recipe's seed has 31 bits.
  const seed = Number.parseInt(key.slice(0, 7), 16);
  const launch = useMutation({
    mutationFn: () => launchQuestion(recipeOf(question, run, seed), run.project_id, key),
    onSuccess: (pipeline) => {
      queryClient.setQueryData(["pipelines", pipeline.id], pipeline);
      void queryClient.invalidateQueries({ queryKey: ["runs", "page", "questions"] });
      setKey(newKey());
      onAsked(pipeline);
    },
  });
  const change = (part: Partial<Question> | ((known: Question) => Partial<Question>)) => {
    setQuestion((known) => ({ ...known, ...(typeof part === "function" ? part(known) : part) }));
    if (launch.error) {
      // Another question is another request: the same key would be refused for it.
      setKey(newKey());
      launch.reset();
    }
  };
  const lacks = lacking(question);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!lacks && !launch.isPending) {
      launch.mutate();
    }
  };
  const submitByKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      submit(event);
    }
  };
  return (
    <Panel aria-label="Ask a question">
      <PanelHeading aside={<CopyButton text={() => curl(question, run, seed)} label="curl" />}>
        Ask
      </PanelHeading>
      <form className="flex flex-col gap-3 px-4 py-3" onSubmit={submit} data-testid="ask-form">
        <ImageChoice
          projectId={run.project_id}
          images={question.images}
          onAdd={(digests) =>
            change((known) => ({ images: [...known.images, ...digests].slice(0, MOST_IMAGES) }))
          }
          onRemove={(place) =>
            change((known) => ({ images: known.images.filter((_, index) => index !== place) }))
          }
        />
        <Field label="Question">
          <Textarea
            rows={3}
            dir="auto"
            maxLength={20_000}
            value={question.text}
            onKeyDown={submitByKey}
            onChange={({ target }) => change({ text: target.value })}
          />
        </Field>
        <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-1 xl:grid-cols-2">
          <SourceField
            label="Before"
            none="nobody"
            sources={policies}
            chosen={question.before}
            onChoose={(before) => change({ before })}
          />
          <SourceField
            label="After"
            sources={policies}
            chosen={question.after}
            onChoose={(after) => after && change({ after })}
          />
          <SourceField
            label="Scored by"
            none="nobody"
            sources={discriminators}
            chosen={question.discriminator}
            onChoose={(discriminator) => change({ discriminator })}
          />
        </div>
        <Drawing question={question} onChange={change} />
        {launch.error && <Refused error={launch.error} />}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" variant="primary" disabled={Boolean(lacks)} busy={launch.isPending}>
            {launch.isPending ? "Asking …" : "Ask"}
          </Button>
          <span className="text-small text-muted">{lacks ?? "Ctrl Enter asks too."}</span>
        </div>
      </form>
    </Panel>
  );
}

/** What is still to be done before anything can be asked. */
function lacking({ text, images }: Question): string | undefined {
  if (images.length === 0) {
    return "Choose an image first.";
  }
  return text.trim() ? undefined : "Type a question.";
}

interface SourceFieldProps {
  label: string;
  /** What leaving it out is called; it cannot be left out without. */
  none?: string;
  sources: readonly Source[];
  chosen: Reference | undefined;
  onChoose: (reference: Reference | undefined) => void;
}

function SourceField({ label, none, sources, chosen, onChoose }: SourceFieldProps) {
  const key = chosen && keyOf(chosen);
  // What an earlier question named may not be offered any more, and is shown all the same.
  const isKnown = !key || sources.some((source) => source.key === key);
  return (
    <Field label={label}>
      <Select
        value={key ?? ""}
        onChange={({ target }) =>
          onChoose(
            sources.find((source) => source.key === target.value)?.reference ??
              (target.value === key ? chosen : undefined),
          )
        }
      >
        {none && <option value="">{none}</option>}
        {!isKnown && <option value={key}>{key}</option>}
        {sources.map((source) => (
          <option key={source.key} value={source.key}>
            {source.label}
          </option>
        ))}
      </Select>
    </Field>
  );
}

interface DrawingProps {
  question: Question;
  onChange: (part: Partial<Question>) => void;
}

function Drawing({ question, onChange }: DrawingProps) {
  return (
    <details>
      <summary className="cursor-pointer text-muted hover:text-text">
        How responses are drawn
      </summary>
      <div className="grid grid-cols-[repeat(auto-fit,minmax(8rem,1fr))] gap-3 pt-2">
        <Amount
          label="Sampled, beside the greedy one"
          value={question.samples}
          min={0}
          max={MOST_SAMPLES}
          whole
          onChange={(samples) => onChange({ samples })}
        />
        <Amount
          label="Temperature"
          value={question.temperature}
          min={0.05}
          max={5}
          onChange={(temperature) => onChange({ temperature })}
        />
        <Amount
          label="Longest response, tokens"
          value={question.longest}
          min={1}
          max={32_768}
          whole
          onChange={(longest) => onChange({ longest })}
        />
      </div>
    </details>
  );
}

interface AmountProps {
  label: string;
  value: number;
  min: number;
  max: number;
  whole?: boolean;
  onChange: (value: number) => void;
}

/** A number within bounds. What is typed on the way to one stays until it is left. */
function Amount({ label, value, whole, onChange, ...bounds }: AmountProps) {
  const [typed, setTyped] = useState<string>();
  const type = (text: string) => {
    setTyped(text);
    const number = Number(text);
    if (text.trim() && number >= bounds.min && number <= bounds.max) {
      onChange(whole ? Math.round(number) : number);
    }
  };
  return (
    <Field label={label}>
      <Input
        type="number"
        className="tabular"
        {...bounds}
        step={whole ? 1 : "any"}
        value={typed ?? value}
        onChange={({ target }) => type(target.value)}
        onBlur={() => setTyped(undefined)}
      />
    </Field>
  );
}

/** What the server refused, by the field that it names. */
function Refused({ error }: { error: Error }) {
  if (!(error instanceof Refusal) || error.fields.length === 0) {
    return <Failure error={error} />;
  }
  return (
    <div role="alert" className="rounded-panel border border-line bg-bad-soft px-4 py-3">
      <ul className="flex flex-col gap-1">
        {error.fields.map(({ field, message }) => (
          <li key={`${field} ${message}`} className="wrap-anywhere">
            <span className="tabular text-small">{field}</span> {message}
          </li>
        ))}
      </ul>
    </div>
  );
}

function curl(question: Question, run: RunSnapshot, seed: number): string {
  const body = { recipe: recipeOf(question, run, seed), project_id: run.project_id };
  return [
    `curl --fail-with-body ${window.location.origin}${prefix}/api/v1/pipelines \\`,
    `  -H "Authorization: Bearer $PRISM_TOKEN" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  --data @- <<'QUESTION'`,
    JSON.stringify(body),
    "QUESTION\n",
  ].join("\n");
}
