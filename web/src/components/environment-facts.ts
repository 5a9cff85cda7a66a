import type { Environment } from "@/api/schema";
import { formatSize } from "@/format/numbers";

export const PARTS = ["code", "machine", "data", "packages"] as const;
export type Part = (typeof PARTS)[number];

/** Something that an attempt was carried out with; `name` tells it apart within its part. */
export interface Fact {
  part: Part;
  name: string;
  text: string;
}

/** What is known of an environment, as short texts that can be read and compared. */
export function factsOf(environment: Environment): Fact[] {
  const { code, gpus, packages, data } = environment;
  const facts: [Part, string, string | number | null | undefined][] = [
    ["code", "version", code.version],
    ["code", "commit", code.commit],
    ["code", "differs from the commit", code.diff_sha256?.slice(0, 12)],
    ["code", "origin", code.remote],
    ["code", "constraints", environment.lock_sha256?.slice(0, 12)],
    ["machine", "GPUs", gpus.length > 0 ? gpuText(gpus) : null],
    ["machine", "NVIDIA driver", environment.driver],
    ["machine", "CUDA", environment.cuda],
    ["machine", "cuDNN", environment.cudnn],
    ["machine", "processor", processorText(environment)],
    ["machine", "memory", environment.memory && formatSize(environment.memory)],
    ["machine", "platform", environment.platform],
    ["machine", "Python", environment.python],
    ["machine", "processes", environment.ranks],
    ["machine", "threads", environment.threads],
    ["data", "seed", environment.seed],
    ...Object.entries(data).map(
      ([name, file]) =>
        ["data", name, `sha256 ${file.sha256.slice(0, 12)}`] as [Part, string, string],
    ),
    ...Object.entries(packages).map(
      ([name, version]) => ["packages", name, version] as [Part, string, string],
    ),
  ];
  return facts.flatMap(([part, name, value]) =>
    value === null || value === undefined ? [] : [{ part, name, text: String(value) }],
  );
}

function gpuText(gpus: Environment["gpus"]): string {
  const counted = new Map<string, number>();
  for (const { name, memory } of gpus) {
    const text = `${name} (${formatSize(memory)})`;
    counted.set(text, (counted.get(text) ?? 0) + 1);
  }
  return [...counted].map(([text, count]) => (count > 1 ? `${count} × ${text}` : text)).join(", ");
}

function processorText({ processor, processors }: Environment): string | null {
  if (!processors) {
    return processor ?? null;
  }
  const cores = `${processors} ${processors === 1 ? "core" : "cores"}`;
  return processor ? `${processor}, ${cores}` : cores;
}

/** A fact that is not the same everywhere; undefined where an environment lacks it. */
export interface DifferingFact {
  part: Part;
  name: string;
  values: (string | undefined)[];
}

/** All facts in which environments differ; one that recorded nothing is passed over. */
export function differingFacts(
  environments: readonly (Environment | null | undefined)[],
): DifferingFact[] {
  const all = environments.map((one) => one && byKey(factsOf(one)));
  const known = all.flatMap((facts) => facts ?? []);
  const keys = new Map(known.flatMap((facts) => [...facts]));
  return [...keys]
    .map(([key, { part, name }]) => ({ part, name, values: all.map((one) => one?.get(key)?.text) }))
    .filter(({ values }) => new Set(values.filter((_, place) => all[place])).size > 1)
    .sort((one, other) => PARTS.indexOf(one.part) - PARTS.indexOf(other.part));
}

function byKey(facts: readonly Fact[]): Map<string, Fact> {
  return new Map(facts.map((fact) => [`${fact.part} ${fact.name}`, fact]));
}
