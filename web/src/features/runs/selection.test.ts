import { expect, it } from "vitest";
import { fakeRun } from "@/testing/fake-run";
import { between } from "./selection";

const found = ["a", "b", "c", "d"].map((id) => fakeRun({ id }));
const ids = (runs: readonly { id: string }[]) => runs.map(({ id }) => id).join("");

it("takes all from one run to another, whichever comes first", () => {
  expect(ids(between(found, "b", "d"))).toBe("bcd");
  expect(ids(between(found, "d", "b"))).toBe("bcd");
  expect(ids(between(found, undefined, "c"))).toBe("c");
  expect(ids(between(found, "gone", "c"))).toBe("c");
});
