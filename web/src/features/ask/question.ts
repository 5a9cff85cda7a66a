import type {
  CheckpointSnapshot,
  NamedCheckpoint,
  PipelineSnapshot,
  RunSnapshot,
} from "@/api/schema";

export type Reference = { checkpoint: string } | { model: string };

/** A policy or a discriminator that can be named in a question. */
export interface Source {
  key: string;
  label: string;
  reference: Reference;
}

/** What is asked, of whom, and how responses are drawn. */
export interface Question {
  text: string;
  /** Hashes of uploaded images. */
  images: readonly string[];
  before: Reference | undefined;
  after: Reference;
  discriminator: Reference | undefined;
  samples: number;
  temperature: number;
  longest: number;
}

export const MOST_IMAGES = 4;
export const MOST_SAMPLES = 15;
/** In tokens; whoever asks waits for the answer. */
const LONGEST = 1024;

export function keyOf(reference: Reference): string {
  return "checkpoint" in reference
    ? `checkpoint ${reference.checkpoint}`
    : `model ${reference.model}`;
}

/** The reference as a recipe holds it, if it names a checkpoint or a model. */
export function readReference(value: unknown): Reference | undefined {
  if (typeof value !== "object" || value === null) {
    return undefined;
  }
  if ("checkpoint" in value && typeof value.checkpoint === "string") {
    return { checkpoint: value.checkpoint };
  }
  return "model" in value && typeof value.model === "string" ? { model: value.model } : undefined;
}

/** The runs of the pipeline that a run goes back to, the nearest first, itself included. */
export function ancestors(pipeline: PipelineSnapshot, run: RunSnapshot): RunSnapshot[] {
  const found: RunSnapshot[] = [run];
  for (const one of found) {
    for (const { run_id } of one.parents) {
      const parent = pipeline.runs.find(({ id }) => id === run_id);
      if (parent && !found.includes(parent)) {
        found.push(parent);
      }
    }
  }
  return found;
}

const JUDGED = ["warmup", "align"];

/** The runs whose checkpoints are offered: those that a run goes back to, and those that judge. */
export function offeredRuns(pipeline: PipelineSnapshot, run: RunSnapshot): RunSnapshot[] {
  const near = ancestors(pipeline, run);
  const judging = pipeline.runs.filter(
    ({ kind, id }) => JUDGED.includes(kind) && !near.some((one) => one.id === id),
  );
  return [...near, ...judging].slice(0, 12);
}

export interface Saved {
  run: RunSnapshot;
  checkpoints: readonly CheckpointSnapshot[];
}

/** What can be named in a role: newest exports of runs, named checkpoints, models at the start. */
export function sourcesOf(
  role: "policy" | "discriminator",
  saved: readonly Saved[],
  named: readonly NamedCheckpoint[],
): Source[] {
  const sources = saved.flatMap(({ run, checkpoints }) => {
    const newest = newestExport(checkpoints, role);
    return newest ? [fromRun(run, newest)] : [];
  });
  const byName = named
    .filter(({ checkpoint }) => isUsable(checkpoint, role))
    .map((one) => ({
      ...fromCheckpoint(one.checkpoint.id),
      label: `${one.name} · ${one.run} of ${one.pipeline} #${one.number}`,
    }));
  return unique([...sources, ...byName, ...saved.flatMap(({ run }) => startOf(run, role))]);
}

function isUsable(checkpoint: CheckpointSnapshot, role: string): boolean {
  return checkpoint.kind === "exported" && checkpoint.role === role && !!checkpoint.durable_at;
}

/** Lists come the newest first. */
export function newestExport(checkpoints: readonly CheckpointSnapshot[], role: string) {
  return checkpoints.find((checkpoint) => isUsable(checkpoint, role));
}

function fromRun(run: RunSnapshot, checkpoint: CheckpointSnapshot): Source {
  return { ...fromCheckpoint(checkpoint.id), label: `${run.name}, step ${checkpoint.step}` };
}

function fromCheckpoint(id: string) {
  const reference = { checkpoint: id };
  return { key: keyOf(reference), reference };
}

/** What a run started from, where that is no run of its pipeline. */
function startOf(run: RunSnapshot, role: "policy" | "discriminator"): Source[] {
  const reference = readReference(run.config[role]);
  if (!reference) {
    return [];
  }
  const source = run.sources.find((one) => one.role === role);
  const label =
    "model" in reference
      ? `model ${reference.model}`
      : `${source?.run ?? reference.checkpoint}, step ${source?.step ?? "?"}`;
  return [{ key: keyOf(reference), label, reference }];
}

function unique(sources: readonly Source[]): Source[] {
  const first = new Map(sources.map((source) => [source.key, source] as const).reverse());
  return sources.filter((source) => first.get(source.key) === source);
}

/** The policy that a run started from: what stood before its stage. */
export function parentPolicy(run: RunSnapshot, saved: readonly Saved[]): Reference | undefined {
  const parent = run.parents.find(({ role }) => role === "policy");
  if (!parent) {
    return readReference(run.config.policy);
  }
  const found = saved.find((one) => one.run.id === parent.run_id);
  const newest = found && newestExport(found.checkpoints, "policy");
  return newest && { checkpoint: newest.id };
}

/** How a run drew responses, where it did. */
export function samplingOf(run: RunSnapshot): Pick<Question, "temperature" | "longest"> {
  const sampling = (run.config.sampling ?? {}) as Record<string, unknown>;
  const { temperature, max_new_tokens: longest } = sampling;
  return {
    temperature: typeof temperature === "number" ? temperature : 1,
    longest: typeof longest === "number" ? longest : LONGEST,
  };
}

/**
 * A pipeline of one run for every policy that is asked, computed as the checkpoint's run was.
 * Both draw by one seed, and the same question asked again draws by another.
 */
export function recipeOf(
  question: Question,
  run: RunSnapshot,
  seed: number,
): Record<string, unknown> {
  const asked = (policy: Reference) => ({
    kind: "ask",
    policy,
    ...(question.discriminator ? { discriminator: question.discriminator } : {}),
    question: question.text,
    images: question.images,
    samples_per_item: question.samples,
    sampling: { temperature: question.temperature, max_new_tokens: question.longest },
    ...computedAs(run),
  });
  return {
    name: "question",
    seed,
    runs: {
      ...(question.before ? { before: asked(question.before) } : {}),
      after: asked(question.after),
    },
  };
}

/** One GPU is enough for one question, where the run had any. */
function computedAs(run: RunSnapshot): Record<string, unknown> {
  const { dtype, attention, resources } = run.config;
  const { gpus, gpu_memory } = (resources ?? {}) as Record<string, unknown>;
  return {
    ...(dtype ? { dtype } : {}),
    ...(attention ? { attention } : {}),
    resources: {
      queue: run.queue,
      ...(typeof gpus === "number" ? { gpus: Math.min(gpus, 1) } : {}),
      ...(typeof gpus === "number" && gpus > 0 && gpu_memory ? { gpu_memory } : {}),
    },
  };
}

/** The question that a pipeline asked, so that it can be asked again. */
export function readQuestion(pipeline: PipelineSnapshot): Question | undefined {
  const [before, after] = ["before", "after"].map((name) =>
    pipeline.runs.find((run) => run.name === name && run.kind === "ask"),
  );
  const policy = after && readReference(after.config.policy);
  if (!after || !policy) {
    return undefined;
  }
  const { question, images, samples_per_item } = after.config;
  return {
    text: typeof question === "string" ? question : "",
    images: Array.isArray(images) ? images.map(String) : [],
    before: before && readReference(before.config.policy),
    after: policy,
    discriminator: readReference(after.config.discriminator),
    samples: typeof samples_per_item === "number" ? samples_per_item : 3,
    ...samplingOf(after),
  };
}
