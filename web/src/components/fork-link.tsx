import { Link } from "@tanstack/react-router";
import { GitFork } from "lucide-react";
import { Button } from "@/components/ui/button";

/** Opens the launch form with the recipe of a run or a pipeline, to change and launch it. */
export function ForkLink({ id, label }: { id: string; label: string }) {
  return (
    <Button asChild>
      <Link to="/launch" search={{ fork: id }} aria-label={label} data-testid={`fork-${id}`}>
        <GitFork aria-hidden />
        Fork
      </Link>
    </Button>
  );
}
