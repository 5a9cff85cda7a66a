import { Circle, CircleDashed, Unplug } from "lucide-react";
import { useConnection } from "@/api/live";
import { classNames } from "@/components/class-names";

const LOOKS = {
  idle: { Icon: Circle, word: "idle", colour: "text-muted", title: "Nothing live on this page" },
  connecting: {
    Icon: CircleDashed,
    word: "connecting",
    colour: "text-muted",
    title: "Opening the stream",
  },
  live: { Icon: Circle, word: "live", colour: "text-good", title: "News arrives as it happens" },
  lost: {
    Icon: Unplug,
    word: "reconnecting",
    colour: "text-warn",
    title: "The server cannot be reached. Runs go on; the page catches up by itself.",
  },
};

/** Whether what the page shows is live. */
export function ConnectionMark() {
  const connection = useConnection();
  const { Icon, word, colour, title } = LOOKS[connection];
  return (
    <span
      role="status"
      data-testid="connection"
      data-connection={connection}
      title={title}
      className={classNames("inline-flex items-center gap-1.5 text-small font-medium", colour)}
    >
      <Icon aria-hidden className={classNames("size-3", connection === "live" && "fill-current")} />
      <span className="max-sm:sr-only">{word}</span>
    </span>
  );
}
