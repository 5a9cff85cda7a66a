import { useIsFetching, useIsMutating } from "@tanstack/react-query";
import { useState } from "react";
import { useNow } from "@/components/use-now";
import { continued, NO_WAIT, type Wait } from "./wait";

/** Nobody needs to be told of less. */
const UNNOTICED_MS = 1_000;

/** How far a slow server has got with what a page waits for; it floats, so that nothing moves. */
export function WaitingMark() {
  const unanswered = useIsFetching({ predicate: ({ state }) => state.status === "pending" });
  const going = unanswered + useIsMutating();
  const [wait, setWait] = useState(NO_WAIT);
  if (wait.going !== going) {
    setWait(continued(wait, going, Date.now()));
  }
  return going > 0 ? <Waiting wait={wait} /> : null;
}

function Waiting({ wait: { going, asked, since } }: { wait: Wait }) {
  const waited = useNow(500) - since;
  return waited < UNNOTICED_MS ? null : (
    <p
      role="status"
      data-testid="waiting"
      className="fixed bottom-4 left-4 z-40 rounded-panel border border-line bg-raised px-3 py-1.5 text-small text-muted shadow-float"
    >
      Waiting for the server: {asked - going} answered, {going} to come,{" "}
      <span className="tabular">{Math.floor(waited / 1000)} s</span>
    </p>
  );
}
