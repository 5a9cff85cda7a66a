import { expect, it } from "vitest";
import { fakeRun } from "@/testing/fake-run";
import { toCsv } from "./csv";
import { allColumns } from "./run-columns";

const loss = {
  name: "loss",
  title: "Loss",
  meaning: "",
  unit: "",
  better: "down",
  timing: false,
} as const;

it("writes what is shown, and nothing that a spreadsheet would run", () => {
  const columns = allColumns([loss]).filter(({ id }) =>
    ["state", "tags", "note", "metrics.loss"].includes(id),
  );
  const text = toCsv(columns, [
    fakeRun({ name: "a", note: '=cmd("x"),\n', tags: ["b", "c"], latest: { loss: -0.5 } }),
    fakeRun({ name: "@sum", state: "failed", exit: { kind: "code", message: "" } }),
  ]);
  expect(text).toBe(
    [
      "run,state,tags,note,metrics.loss",
      'a,running,b c,"\'=cmd(""x""),\n",-0.5',
      "'@sum,failed: code,,,",
      "",
    ].join("\r\n"),
  );
});
