import { expect, it } from "vitest";
import { NO_ARMS } from "./arms";
import { COPIES } from "./copies";
import type { Order } from "./use-validation";

const copy = (label: string, changes: Partial<Order> = {}) =>
  COPIES.find((one) => one.label === label)?.write(
    { text: "name: a\n# it's\n", forkedFrom: undefined, arms: NO_ARMS, ...changes },
    "http://127.0.0.1:1",
  ) ?? "";

it("quotes a recipe so that each tongue reads the same text back", () => {
  expect(copy("CLI")).toBe(
    "cat > recipe.yaml <<'RECIPE'\nname: a\n# it's\nRECIPE\nprism launch recipe.yaml --wait\n",
  );
  expect(copy("curl")).toContain('{"recipe":"name: a\\n# it\'s\\n"}');
  expect(copy("Python")).toContain('RECIPE = """\\\nname: a\n# it\'s\n"""');
});

it("says in each tongue what a recipe is a fork of", () => {
  const forkedFrom = { run_id: "run_1", step: 300, alone: false };
  expect(copy("CLI", { forkedFrom })).toContain("recipe.yaml --fork-of run_1 --step 300 --wait");
  expect(copy("curl", { forkedFrom })).toContain(
    '"forked_from":{"run_id":"run_1","step":300,"alone":false}',
  );
  expect(copy("Python", { forkedFrom })).toContain(
    'RECIPE, forked_from={"run_id":"run_1","step":300}',
  );
});

it("says a study in each tongue", () => {
  const change = { path: "warmup.discriminator", value: "dense" };
  const arms = {
    settings: [{ path: "rlvr.algorithm", values: "grpo, dapo" }],
    ablations: [{ label: "It's dense", changes: [change] }],
    seeds: "0, 1",
    mostAtOnce: "4",
  };
  expect(copy("CLI", { arms })).toContain(
    "prism launch recipe.yaml --grid 'rlvr.algorithm=grpo, dapo' " +
      "--ablation 'It'\\''s dense: warmup.discriminator=dense' --seeds 0,1 --at-once 4 --wait\n",
  );
  expect(copy("curl", { arms })).toContain("http://127.0.0.1:1/api/v1/studies ");
  expect(copy("curl", { arms })).toContain('"seeds":[0,1]');
  expect(copy("Python", { arms })).toContain("client.launch_study(RECIPE, GRID, most_at_once=4)");
});
