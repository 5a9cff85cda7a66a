import { CircleCheck, LoaderCircle, Rocket, TriangleAlert } from "lucide-react";
import type { Change } from "@/api/schema";
import { Failure } from "@/components/failure";
import { Button } from "@/components/ui/button";
import { Outline } from "@/components/ui/outline";
import { Panel, PanelHeading } from "@/components/ui/panel";
import { PlannedRuns } from "./planned-runs";
import { PlannedStudy } from "./planned-study";
import { type Problems, showField } from "./problems";
import { describe } from "./same";
import type { Checked as Validation } from "./use-validation";

interface CheckPanelProps {
  validation: Validation | undefined;
  problems: Problems;
  /** In what a fork differs; undefined where the recipe is none. */
  changes: readonly Change[] | undefined;
  error: unknown;
  isChecking: boolean;
  isLaunching: boolean;
  onLaunch: () => void;
}

/** What the server thinks of the recipe, and the button that starts it. */
export function CheckPanel(props: CheckPanelProps) {
  const { validation, error, isChecking } = props;
  return (
    <Panel aria-label="Check" className="lg:sticky lg:top-16">
      <PanelHeading aside={isChecking && <Checking />}>Check</PanelHeading>
      <div className="flex flex-col gap-3 p-4" aria-live="polite">
        {error ? <Failure error={error} /> : null}
        {validation || error ? (
          <Checked {...props} />
        ) : (
          // How far down the button is follows from what is said above it.
          <Outline what="what the server thinks of the recipe" className="h-40" />
        )}
      </div>
    </Panel>
  );
}

function Checked({ validation, problems, changes, ...state }: CheckPanelProps) {
  const ready = Boolean(validation?.valid) && problems.length === 0 && !state.isChecking;
  return (
    <>
      <Verdict problems={problems} validation={validation} />
      {validation?.plan && problems.length === 0 && <PlannedStudy plan={validation.plan} />}
      {validation && problems.length === 0 && (
        <>
          {validation.plan && <p className="text-small text-muted">Of each seed:</p>}
          <PlannedRuns runs={validation.runs} />
        </>
      )}
      {changes && <Changes changes={changes} />}
      <Button
        variant="primary"
        size="large"
        disabled={!ready}
        busy={state.isLaunching}
        onClick={state.onLaunch}
        data-testid="launch"
      >
        <Rocket />
        {state.isLaunching ? "Launching …" : "Launch"}
      </Button>
    </>
  );
}

/** In what the fork differs; each difference leads to its field. */
function Changes({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) {
    return <p className="text-muted">No difference: this launches the same again.</p>;
  }
  return (
    <div data-testid="changes">
      <h3 className="font-medium">
        {changes.length === 1 ? "1 difference" : `${changes.length} differences`} to what it repeats
      </h3>
      <ul className="mt-1 flex max-h-72 flex-col gap-1.5 overflow-y-auto">
        {changes.map(({ field, before, after }) => (
          <li key={field} className="text-small">
            <button
              type="button"
              className="tabular block max-w-full text-left break-words text-accent hover:underline"
              onClick={() => showField(field)}
            >
              {field}
            </button>
            <span className="break-words">
              <span className="text-muted">{describe(before)}</span> → {describe(after)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Checking() {
  return (
    <span className="inline-flex items-center gap-1.5 text-small text-muted">
      <LoaderCircle aria-hidden className="size-3.5 motion-safe:animate-spin" />
      checking
    </span>
  );
}

function Verdict({ problems, validation }: { problems: Problems; validation?: Validation }) {
  const runs = validation?.plan?.total_runs ?? validation?.runs.length;
  if (problems.length === 0) {
    return validation?.valid ? (
      <p className="inline-flex items-center gap-1.5 text-good" data-testid="valid">
        <CircleCheck aria-hidden className="size-4" />
        Ready: {runs === 1 ? "1 run" : `${runs} runs`}
      </p>
    ) : null;
  }
  return (
    <div data-testid="problems">
      <p className="inline-flex items-center gap-1.5 font-medium text-bad">
        <TriangleAlert aria-hidden className="size-4" />
        {problems.length === 1 ? "1 problem" : `${problems.length} problems`} to solve before launch
      </p>
      <ul className="mt-2 flex flex-col gap-2">
        {problems.map(({ field, message }) => (
          <li key={`${field} ${message}`}>
            {field && (
              <button
                type="button"
                className="tabular block max-w-full text-left text-small break-words text-accent hover:underline"
                onClick={() => showField(field)}
              >
                {field}
              </button>
            )}
            <span className="break-words">{message}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
