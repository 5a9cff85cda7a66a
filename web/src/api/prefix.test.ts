import { describe, expect, it } from "vitest";

const sources = import.meta.glob<string>("../**/*.{ts,tsx}", {
  query: "?raw",
  import: "default",
  eager: true,
});

describe("the prefix", () => {
  it("is put before every address that no router and no client builds", () => {
    const bare =
      /(src|href)=(\{`|")\/|(assign|replace|EventSource|fetch)\((`|")\/|null, "", (`|")\//;
    const careless = Object.entries(sources).filter(
      ([name, text]) => !name.includes(".test.") && bare.test(text),
    );
    expect(Object.keys(sources).length).toBeGreaterThan(100);
    expect(careless.map(([name]) => name)).toEqual([]);
  });
});
