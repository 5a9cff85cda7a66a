import { CircleCheck, CircleX, TriangleAlert } from "lucide-react";
import type { Response } from "@/api/schema";
import { classNames } from "@/components/class-names";

/** Right, wrong or malformed: icon and word. */
export function Verdict({ response, short }: { response: Response; short?: boolean }) {
  const look = lookOf(response);
  if (!look) {
    return null;
  }
  const { Icon, word, colour } = look;
  return (
    <span
      className={classNames(
        "inline-flex min-w-0 items-center gap-1 text-small font-medium",
        colour,
      )}
    >
      <Icon aria-hidden className="size-3.5" />
      <span className={short ? "sr-only" : "min-w-0 wrap-anywhere"}>
        {word}
        {!short && response.malformed && (
          <span className="font-normal text-muted">: {response.malformed}</span>
        )}
      </span>
    </span>
  );
}

function lookOf({ valid, correct }: Response) {
  if (!valid) {
    return { Icon: TriangleAlert, word: "malformed", colour: "text-warn" };
  }
  if (correct === null || correct === undefined) {
    return undefined;
  }
  return correct
    ? { Icon: CircleCheck, word: "right", colour: "text-good" }
    : { Icon: CircleX, word: "wrong", colour: "text-bad" };
}
