import type { ForkedFrom } from "@/api/schema";
import { type Arms, gridOf, isStudy, mostAtOnceOf } from "./arms";
import type { Order } from "./use-validation";

interface Copy {
  label: string;
  write: (order: Order, server: string) => string;
}

/** The same launch in three other tongues. */
export const COPIES: Copy[] = [
  {
    label: "CLI",
    write: ({ text, forkedFrom, arms }) => {
      const options = [...forkOptions(forkedFrom), ...studyOptions(arms), "--wait"];
      return `cat > recipe.yaml <<'RECIPE'\n${ended(text)}RECIPE\nprism launch recipe.yaml ${options.join(" ")}\n`;
    },
  },
  {
    label: "curl",
    write: (order, server) =>
      [
        `curl --fail-with-body ${server}/api/v1/${isStudy(order.arms) ? "studies" : "pipelines"} \\`,
        `  -H "Authorization: Bearer $PRISM_TOKEN" \\`,
        `  -H "Content-Type: application/json" \\`,
        `  --data @- <<'RECIPE'`,
        `${JSON.stringify(bodyOf(order))}`,
        "RECIPE\n",
      ].join("\n"),
  },
  {
    label: "Python",
    write: (order) => {
      const { text, arms } = order;
      const grid = isStudy(arms) && JSON.stringify(JSON.stringify(gridOf(arms)));
      return [
        ...(grid ? ["import json", ""] : []),
        "from prism_client.client import Client",
        "",
        `RECIPE = """\\\n${ended(text).replaceAll("\\", "\\\\").replaceAll('"""', '\\"""')}"""`,
        ...(grid ? [`GRID = json.loads(${grid})`] : []),
        "",
        "with Client.from_environment() as client:",
        `    print(client.${callOf(order)}.id)\n`,
      ].join("\n");
    },
  },
];

function bodyOf({ text, forkedFrom, arms }: Order) {
  return isStudy(arms)
    ? { recipe: text, grid: gridOf(arms), most_at_once: mostAtOnceOf(arms) }
    : { recipe: text, forked_from: forkedFrom };
}

function callOf({ forkedFrom, arms }: Order): string {
  if (isStudy(arms)) {
    return `launch_study(RECIPE, GRID, most_at_once=${mostAtOnceOf(arms) ?? "None"})`;
  }
  return `launch(RECIPE${forkedFrom ? `, forked_from=${named(forkedFrom)}` : ""})`;
}

/** A run or a pipeline, and the step to go on after, as Python spells it. */
function named({ run_id, pipeline_id, step }: ForkedFrom): string {
  const origin = run_id ? { run_id } : { pipeline_id };
  return JSON.stringify(step ? { ...origin, step } : origin);
}

function forkOptions(origin: ForkedFrom | undefined): string[] {
  if (!origin) {
    return [];
  }
  const step = origin.step ? [`--step ${origin.step}`] : [];
  return [`--fork-of ${origin.run_id ?? origin.pipeline_id}`, ...step];
}

function studyOptions(arms: Arms): string[] {
  if (!isStudy(arms)) {
    return [];
  }
  const { settings, ablations, seeds } = arms;
  const limit = mostAtOnceOf(arms);
  return [
    ...settings.map(({ path, values }) => `--grid ${quoted(`${path.trim()}=${values}`)}`),
    ...ablations.map(({ label, changes }) => {
      const said = changes.map(({ path, value }) => `${path.trim()}=${value}`).join("; ");
      return `--ablation ${quoted(`${label}: ${said}`)}`;
    }),
    ...(seeds.trim() ? [`--seeds ${quoted(seeds.replaceAll(" ", ""))}`] : []),
    ...(limit === null ? [] : [`--at-once ${limit}`]),
  ];
}

/** A word that a shell takes as it is. */
function quoted(text: string): string {
  return /^[\w.,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function ended(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
