import { Link } from "@tanstack/react-router";
import { MessageCircleQuestion } from "lucide-react";
import { Button } from "@/components/ui/button";

interface TryLinkProps {
  checkpointId: string;
  /** Id of the pipeline of a question, whose answers are shown there. */
  question?: string;
  /** Which one it is, for who does not see where the link stands. */
  label: string;
  size?: "small" | "normal";
}

/** Leads to where a checkpoint answers one's own image and question. */
export function TryLink({ checkpointId, question, label, size = "normal" }: TryLinkProps) {
  return (
    <Button asChild size={size}>
      <Link to="/try" search={{ checkpoint: checkpointId, question }}>
        <MessageCircleQuestion aria-hidden />
        Try it
        <span className="sr-only">, {label}</span>
      </Link>
    </Button>
  );
}
