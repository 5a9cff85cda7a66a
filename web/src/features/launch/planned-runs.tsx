import type { Memory, Validation } from "@/api/schema";
import { WaitingWords } from "@/components/waiting-words";
import { formatCount, formatSize } from "@/format/numbers";

type PlannedRun = Validation["runs"][number];

/** The runs that a recipe asks for, parents first, with what each takes of one device. */
export function PlannedRuns({ runs }: { runs: PlannedRun[] }) {
  return (
    <ol className="flex flex-col divide-y divide-line border-y border-line">
      {runs.map((run) => (
        <li key={run.name} className="py-1.5">
          {run.memory ? (
            <details data-testid={`memory-${run.name}`}>
              <summary className="cursor-pointer">
                <span className="inline-flex w-[calc(100%-1.25rem)] items-baseline justify-between gap-2">
                  <Title run={run} />
                  <span className="tabular text-small whitespace-nowrap">
                    {formatSize(run.memory.total)}
                  </span>
                </span>
              </summary>
              <Breakdown memory={run.memory} />
            </details>
          ) : (
            <span className="flex items-baseline justify-between gap-2">
              <Title run={run} />
              <span className="text-small whitespace-nowrap text-muted">memory unknown</span>
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}

function Title({ run: { name, kind, parents, reason, starts } }: { run: PlannedRun }) {
  return (
    <span className="min-w-0">
      <span className="font-medium">{name}</span>{" "}
      <span className="text-small text-muted">
        {kind}
        {parents.length > 0 && ` after ${[...new Set(parents)].join(", ")}`}
      </span>
      {reason && (
        <span className="block text-small text-muted">
          <WaitingWords reason={reason} starts={starts} />
        </span>
      )}
    </span>
  );
}

/** What is there all the time, and what the hungriest part of a step adds to it. */
function Breakdown({ memory }: { memory: Memory }) {
  return (
    <div className="flex flex-col gap-2 py-2 text-small">
      <Parts heading="From the first step to the last" parts={memory.held} />
      <Parts
        heading={`Most at once, while ${memory.peak}`}
        parts={memory.phases[memory.peak] ?? {}}
      />
      <p className="text-muted">
        An estimate for{" "}
        {memory.processes > 1 ? `each of ${memory.processes} devices` : "one device"}, for prompts
        of {formatCount(memory.prompt_tokens)} tokens.
      </p>
    </div>
  );
}

function Parts({ heading, parts }: { heading: string; parts: Record<string, number> }) {
  return (
    <div>
      <p className="text-muted">{heading}</p>
      <dl className="grid grid-cols-[1fr_auto] gap-x-2">
        {Object.entries(parts)
          .filter(([, bytes]) => bytes > 0)
          .map(([name, bytes]) => (
            <div key={name} className="contents">
              <dt>{name}</dt>
              <dd className="tabular text-right">{formatSize(bytes)}</dd>
            </div>
          ))}
      </dl>
    </div>
  );
}
