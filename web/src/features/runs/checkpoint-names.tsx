import { Plus, X } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Popover } from "@/components/ui/popover";

interface CheckpointNamesProps {
  names: readonly string[];
  /** Only what is durable can have a name. */
  isDurable: boolean;
  isBusy: boolean;
  onPromote: (name: string) => void;
  onDemote: (name: string) => void;
}

/** The names that recipes may say for a checkpoint, and a way to give it one. */
export function CheckpointNames({ names, onPromote, onDemote, ...state }: CheckpointNamesProps) {
  const promote = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("best");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onPromote(typed);
    setOpen(false);
  };
  return (
    <span className="flex items-center gap-1.5">
      {names.map((name) => (
        <span
          key={name}
          className="inline-flex items-center gap-1 rounded-small bg-sunken px-1.5 text-small"
        >
          {name}
          <button
            type="button"
            aria-label={`Take the name ${name} away`}
            disabled={state.isBusy}
            onClick={() => {
              // This button goes with the name.
              promote.current?.focus();
              onDemote(name);
            }}
          >
            <X aria-hidden className="size-3" />
          </button>
        </span>
      ))}
      <Popover
        label="Name of the checkpoint"
        open={isOpen}
        onOpenChange={setOpen}
        trigger={
          <Button
            ref={promote}
            size="small"
            variant="quiet"
            disabled={!state.isDurable}
            busy={state.isBusy}
          >
            <Plus aria-hidden />
            Promote
          </Button>
        }
      >
        <form onSubmit={submit} className="flex flex-col gap-2">
          <Field label="Name in the project">
            <Input
              value={typed}
              pattern="[a-z0-9][a-z0-9._\-]{0,62}"
              title="Small letters, digits, dots and dashes"
              required
              onChange={({ target }) => setTyped(target.value)}
            />
          </Field>
          <p className="text-small text-muted">
            Recipes may say {"{checkpoint: name}"}. Another checkpoint of this name loses it.
          </p>
          <Button type="submit" variant="primary">
            Promote
          </Button>
        </form>
      </Popover>
    </span>
  );
}
