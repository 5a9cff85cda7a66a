import { expect, it } from "vitest";
import { fakeRun } from "@/testing/fake-run";
import { withFirstPage, withNewest } from "./found-runs";

function page(ids: string, next: string | null = "more", version = 1) {
  const data = ids.split("").map((id) => fakeRun({ id, version }));
  return { data, next_cursor: next };
}

const ids = (runs: readonly { id: string }[] | undefined) => runs?.map(({ id }) => id).join("");

it("puts what is new before what was read, and takes out what is gone", () => {
  expect(ids(withFirstPage([page("abc"), page("def", null)], undefined))).toBe("abcdef");
  expect(ids(withFirstPage([page("abc"), page("def", null)], page("xab")))).toBe("xabcdef");
  expect(ids(withFirstPage([page("abc"), page("def", null)], page("acd")))).toBe("acdef");
  expect(ids(withFirstPage([page("abc"), page("cde", null)], page("abc")))).toBe("abcde");
});

it("trusts a first page that is the whole, and gives up what no longer joins on", () => {
  expect(ids(withFirstPage([page("abc")], page("ac", null)))).toBe("ac");
  expect(withFirstPage([page("abc")], page("xyz"))).toBeUndefined();
});

it("replaces a run by its newer version only", () => {
  const found = withNewest(page("ab", null, 2).data, [
    fakeRun({ id: "a", version: 3, state: "failed" }),
    fakeRun({ id: "b", version: 1, state: "failed" }),
    fakeRun({ id: "c", version: 1 }),
  ]);
  expect(found.map(({ id, version }) => [id, version])).toEqual([
    ["a", 3],
    ["b", 2],
  ]);
});
