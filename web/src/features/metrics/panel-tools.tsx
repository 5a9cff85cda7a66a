import { ArrowLeft, ArrowRight, Pencil, X } from "lucide-react";
import { type ComponentProps, useLayoutEffect, useRef } from "react";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";

interface PanelToolsProps {
  title: string;
  place: number;
  of: number;
  onMove: (by: -1 | 1) => void;
  onEdit: () => void;
  onRemove: () => void;
}

/** What can be done with an own panel; a button keeps the focus when its panel moves. */
export function PanelTools({ title, place, of, onMove, onEdit, onRemove }: PanelToolsProps) {
  const earlier = useRef<HTMLButtonElement>(null);
  const later = useRef<HTMLButtonElement>(null);
  const moved = useRef<-1 | 1>(undefined);
  // Before the next key can come: that would find the focus gone with a button that went out.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was moved has another place.
  useLayoutEffect(() => {
    const [pressed, other] = moved.current === 1 ? [later, earlier] : [earlier, later];
    if (moved.current) {
      (pressed.current?.disabled ? other : pressed).current?.focus();
    }
    moved.current = undefined;
  }, [place]);
  const move = (by: -1 | 1) => {
    moved.current = by;
    onMove(by);
  };
  return (
    <span className="flex shrink-0">
      <Tool
        ref={earlier}
        label={`Move ${title} before`}
        disabled={place === 0}
        onClick={() => move(-1)}
      >
        <ArrowLeft />
      </Tool>
      <Tool
        ref={later}
        label={`Move ${title} behind`}
        disabled={place === of - 1}
        onClick={() => move(1)}
      >
        <ArrowRight />
      </Tool>
      <Tool label={`Change ${title}`} onClick={onEdit}>
        <Pencil />
      </Tool>
      <Confirm
        trigger={
          <Tool label={`Remove ${title}`}>
            <X />
          </Tool>
        }
        title={`Remove the panel “${title}”?`}
        description="It goes from all runs of the project, for you alone. What was measured stays."
        action="Remove it"
        onConfirm={onRemove}
      />
    </span>
  );
}

function Tool({ label, ...rest }: ComponentProps<typeof Button> & { label: string }) {
  return (
    <Button variant="quiet" className="size-6 p-0" aria-label={label} title={label} {...rest} />
  );
}
