import { type FormEvent, useState } from "react";
import type { NewWebhook } from "@/api/schema";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { TOPIC_NAMES, TOPICS } from "./topics";

interface NewWebhookFormProps {
  onSubmit: (webhook: NewWebhook) => void;
  busy: boolean;
}

/** Where to post, in which form, and of what. */
export function NewWebhookForm({ onSubmit, busy }: NewWebhookFormProps) {
  const [url, setUrl] = useState("");
  const [kind, setKind] = useState<NewWebhook["kind"]>("standard");
  const [topics, setTopics] = useState<NewWebhook["topics"]>(["alert.raised", "pipeline.finished"]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit({ url, kind, topics });
    setUrl("");
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3 border-b border-line px-4 py-3">
      <div className="grid items-end gap-3 sm:grid-cols-[3fr_1fr_auto]">
        <Field label="Address">
          <Input
            type="url"
            required
            maxLength={2000}
            placeholder={
              kind === "slack"
                ? "https://hooks.slack.com/services/…"
                : "https://example.org/hooks/prism"
            }
            value={url}
            onChange={(event) => setUrl(event.target.value)}
          />
        </Field>
        <Field label="Form">
          <Select
            value={kind}
            onChange={(event) => setKind(event.target.value as NewWebhook["kind"])}
          >
            <option value="standard">Signed JSON</option>
            <option value="slack">Slack message</option>
          </Select>
        </Field>
        <Button type="submit" variant="primary" disabled={topics.length === 0} busy={busy}>
          Add the webhook
        </Button>
      </div>
      <fieldset className="flex flex-wrap gap-x-5 gap-y-1">
        <legend className="sr-only">Events</legend>
        {TOPIC_NAMES.map((topic) => (
          <label key={topic} className="flex items-center gap-2" title={TOPICS[topic].meaning}>
            <input
              type="checkbox"
              checked={topics.includes(topic)}
              onChange={({ target }) =>
                setTopics(
                  target.checked ? [...topics, topic] : topics.filter((other) => other !== topic),
                )
              }
            />
            {TOPICS[topic].word}
          </label>
        ))}
      </fieldset>
    </form>
  );
}
