import { expect, it } from "vitest";
import { COPIES } from "./copies";

const copy = (label: string) =>
  COPIES.find((one) => one.label === label)?.write("name: a\n# it's\n", "http://127.0.0.1:1") ?? "";

it("quotes a recipe so that each tongue reads the same text back", () => {
  expect(copy("CLI")).toBe(
    "cat > recipe.yaml <<'RECIPE'\nname: a\n# it's\nRECIPE\nprism launch recipe.yaml --wait\n",
  );
  expect(copy("curl")).toContain('{"recipe":"name: a\\n# it\'s\\n"}');
  expect(copy("Python")).toContain('RECIPE = """\\\nname: a\n# it\'s\n"""');
});
