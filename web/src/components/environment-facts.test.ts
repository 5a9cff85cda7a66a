import { expect, it } from "vitest";
import { fakeEnvironment } from "@/testing/fake-environment";
import { differingFacts, factsOf } from "./environment-facts";

it("says what is known in words, and leaves out what is not", () => {
  const gpu = { name: "H100", memory: 80 * 2 ** 30, capability: "9.0" };
  const facts = factsOf(fakeEnvironment({ gpus: [gpu, gpu], processor: "EPYC", processors: 1 }));
  const text = (wanted: string) => facts.find(({ name }) => name === wanted)?.text;
  expect(text("GPUs")).toBe("2 × H100 (80.0 GiB)");
  expect(text("processor")).toBe("EPYC, 1 core");
  expect(text("differs from the commit")).toBe("dddddddddddd");
  expect(text("data")).toBe("sha256 eeeeeeeeeeee");
  expect(text("CUDA")).toBeUndefined();
  expect(facts.filter(({ part }) => part === "packages")).toHaveLength(3);
});

it("compares those that recorded something", () => {
  const one = fakeEnvironment();
  const other = fakeEnvironment({
    packages: { numpy: "2.4.0", torch: "2.13.0", rich: "15.0.0" },
    seed: 1,
  });
  expect(differingFacts([one, null, other])).toEqual([
    { part: "data", name: "seed", values: ["0", undefined, "1"] },
    { part: "packages", name: "pillow", values: ["12.0.0", undefined, undefined] },
    { part: "packages", name: "torch", values: ["2.12.0", undefined, "2.13.0"] },
    { part: "packages", name: "rich", values: [undefined, undefined, "15.0.0"] },
  ]);
  expect(differingFacts([one, null])).toEqual([]);
});
