import { expect, it } from "vitest";
import type { ForkedFrom } from "@/api/schema";
import { COPIES } from "./copies";

const copy = (label: string, origin?: ForkedFrom) =>
  COPIES.find((one) => one.label === label)?.write(
    "name: a\n# it's\n",
    "http://127.0.0.1:1",
    origin,
  ) ?? "";

it("quotes a recipe so that each tongue reads the same text back", () => {
  expect(copy("CLI")).toBe(
    "cat > recipe.yaml <<'RECIPE'\nname: a\n# it's\nRECIPE\nprism launch recipe.yaml --wait\n",
  );
  expect(copy("curl")).toContain('{"recipe":"name: a\\n# it\'s\\n"}');
  expect(copy("Python")).toContain('RECIPE = """\\\nname: a\n# it\'s\n"""');
});

it("says in each tongue what a recipe is a fork of", () => {
  const origin = { run_id: "run_1", step: 300, alone: false };
  expect(copy("CLI", origin)).toContain("recipe.yaml --fork-of run_1 --step 300 --wait");
  expect(copy("curl", origin)).toContain(
    '"forked_from":{"run_id":"run_1","step":300,"alone":false}',
  );
  expect(copy("Python", origin)).toContain('RECIPE, forked_from={"run_id":"run_1","step":300}');
});
