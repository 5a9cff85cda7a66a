import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { GitCompareArrows } from "lucide-react";
import { useState } from "react";
import { explain } from "@/api/problem";
import type { StudySnapshot } from "@/api/schema";
import { cancelStudy, limitStudy, studyQuery } from "@/api/studies";
import { Failure } from "@/components/failure";
import { Ago } from "@/components/moment";
import { isFinal, StateMark } from "@/components/run-state";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Input } from "@/components/ui/input";
import { Outline } from "@/components/ui/outline";
import { useToast } from "@/components/ui/toast";
import { comparable, KINDS } from "./cells";
import { StudyTable } from "./study-table";

/** A study: how it stands, what it may do at once, and every arm with every seed. */
export function StudyView({ studyId }: { studyId: string }) {
  const { data: study, error, refetch } = useQuery(studyQuery(studyId));
  if (error && !study) {
    return <Failure error={error} onRetry={() => void refetch()} />;
  }
  if (!study) {
    return <Outline className="h-96" />;
  }
  return (
    <div className="flex flex-col gap-4" data-testid="study" data-state={study.state}>
      <Header study={study} />
      <StudyTable study={study} />
      <Compare study={study} />
    </div>
  );
}

function Header({ study }: { study: StudySnapshot }) {
  const { arms, seeds } = study;
  return (
    <header className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <h1 className="min-w-0 text-title font-semibold break-words">{study.name}</h1>
      <StateMark state={study.state} />
      <span className="text-muted">
        {arms.length} {arms.length === 1 ? "arm" : "arms"} × {seeds.length}{" "}
        {seeds.length === 1 ? "seed" : "seeds"}
      </span>
      <span className="text-muted">
        by {study.created_by}, <Ago instant={study.created_at} />
      </span>
      {!isFinal(study.state) && (
        <span className="flex flex-wrap items-center gap-x-4 gap-y-2 sm:ml-auto">
          <Limit key={study.most_at_once} study={study} />
          <Cancel study={study} />
        </span>
      )}
    </header>
  );
}

/** Change a study, keep what it has become, and say it where that does not go. */
function useChange<Wanted>(change: (wanted: Wanted) => Promise<StudySnapshot>) {
  const queryClient = useQueryClient();
  const show = useToast();
  return useMutation({
    mutationFn: change,
    onSuccess: (fresh) => queryClient.setQueryData(studyQuery(fresh.id).queryKey, fresh),
    onError: (error) => {
      const { happened, remedy } = explain(error);
      show({ title: happened, detail: remedy, tone: "bad" });
    },
  });
}

function Limit({ study }: { study: StudySnapshot }) {
  const [typed, setTyped] = useState(study.most_at_once?.toString() ?? "");
  const change = useChange((limit: number | null) => limitStudy(study.id, limit));
  const wanted = typed.trim() === "" ? null : Number(typed);
  const isReadable = wanted === null || (Number.isInteger(wanted) && wanted > 0);
  return (
    <form
      className="flex items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReadable) {
          change.mutate(wanted);
        }
      }}
    >
      <label htmlFor="most-at-once" className="text-muted">
        At most at once
      </label>
      <Input
        id="most-at-once"
        className="tabular w-16"
        inputMode="numeric"
        placeholder="all"
        aria-invalid={!isReadable}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
      />
      {wanted !== study.most_at_once && (
        <Button type="submit" disabled={!isReadable} busy={change.isPending}>
          Set
        </Button>
      )}
    </form>
  );
}

function Cancel({ study }: { study: StudySnapshot }) {
  const cancel = useChange(() => cancelStudy(study.id));
  return (
    <Confirm
      trigger={
        <Button variant="danger" busy={cancel.isPending} data-testid="cancel-study">
          Cancel
        </Button>
      }
      title={`Cancel ${study.name}?`}
      description="Runs of all its pipelines that go on now are ended within seconds, and runs that wait will not start. What was measured so far stays."
      action="Cancel study"
      onConfirm={() => cancel.mutate(undefined)}
    />
  );
}

/** The way to the same stage of all arms and seeds side by side. */
function Compare({ study }: { study: StudySnapshot }) {
  const groups = KINDS.map((kind) => ({ ...kind, runs: comparable(study, kind.kind) })).filter(
    ({ runs }) => runs.length > 1,
  );
  return groups.length === 0 ? null : (
    <nav aria-label="Compare" className="flex flex-wrap items-center gap-2">
      <span className="text-muted">Compare</span>
      {groups.map(({ kind, title, runs }) => (
        <Button key={kind} asChild>
          <Link to="/compare" search={{ runs: runs.join(",") }} data-testid={`compare-${kind}`}>
            <GitCompareArrows aria-hidden />
            {title} ({runs.length})
          </Link>
        </Button>
      ))}
    </nav>
  );
}
