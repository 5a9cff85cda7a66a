import type { ForkedFrom } from "@/api/schema";

interface Copy {
  label: string;
  write: (text: string, server: string, origin?: ForkedFrom) => string;
}

/** The same launch in three other tongues. */
export const COPIES: Copy[] = [
  {
    label: "CLI",
    write: (text, _, origin) =>
      `cat > recipe.yaml <<'RECIPE'\n${ended(text)}RECIPE\nprism launch recipe.yaml${options(origin)} --wait\n`,
  },
  {
    label: "curl",
    write: (text, server, origin) =>
      [
        `curl --fail-with-body ${server}/api/v1/pipelines \\`,
        `  -H "Authorization: Bearer $PRISM_TOKEN" \\`,
        `  -H "Content-Type: application/json" \\`,
        `  --data @- <<'RECIPE'`,
        `${JSON.stringify({ recipe: text, forked_from: origin })}`,
        "RECIPE\n",
      ].join("\n"),
  },
  {
    label: "Python",
    write: (text, _, origin) =>
      [
        "from prism_client.client import Client",
        "",
        `RECIPE = """\\\n${ended(text).replaceAll("\\", "\\\\").replaceAll('"""', '\\"""')}"""`,
        "",
        "with Client.from_environment() as client:",
        `    print(client.launch(RECIPE${origin ? `, forked_from=${named(origin)}` : ""}).id)\n`,
      ].join("\n"),
  },
];

/** A run or a pipeline, and the step to go on after, as Python spells it. */
function named({ run_id, pipeline_id, step }: ForkedFrom): string {
  const origin = run_id ? { run_id } : { pipeline_id };
  return JSON.stringify(step ? { ...origin, step } : origin);
}

function options(origin: ForkedFrom | undefined): string {
  if (!origin) {
    return "";
  }
  const step = origin.step ? ` --step ${origin.step}` : "";
  return ` --fork-of ${origin.run_id ?? origin.pipeline_id}${step}`;
}

function ended(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
