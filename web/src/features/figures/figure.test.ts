import { expect, it } from "vitest";
import { areaUnder, bandAround, type Figure, lineThrough, SIZE, scalesOf, ticksOf } from "./figure";
import { densityOf } from "./structure";
import { toSeriesCsv } from "./write";

const figure: Figure = {
  name: "gaps",
  title: "Gaps",
  x: "Step",
  y: "Gap",
  fromZero: true,
  series: [
    {
      label: 'moe, "a"',
      colour: "#000",
      look: "line",
      points: [
        { x: 0, y: 1, low: 0.5, high: 2 },
        { x: 10, y: 4 },
      ],
    },
  ],
};

it("puts round numbers around the values", () => {
  expect(ticksOf([0, 10])).toEqual([0, 2, 4, 6, 8, 10]);
  expect(ticksOf([0.31, 0.58])).toEqual([0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6]);
  expect(ticksOf([3, 3])).toEqual([3, 3.5]);
  expect(ticksOf([])).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
});

it("draws from the lower left corner, with 0 where that is asked for", () => {
  const scales = scalesOf(figure);
  expect(scales.yTicks).toEqual([0, 1, 2, 3, 4]);
  expect([scales.x(0), scales.y(0)]).toEqual([SIZE.left, SIZE.height - SIZE.bottom]);
  expect([scales.x(10), scales.y(4)]).toEqual([SIZE.width - SIZE.right, SIZE.top]);
  const points = figure.series[0]?.points ?? [];
  expect(lineThrough(points, scales)).toBe("M56 211L504 16");
  // One point alone has an interval, which is no band.
  expect(bandAround(points, scales)).toBe("");
  expect(areaUnder(points, scales)).toBe("M56 276L56 211L504 16L504 276Z");
});

it("makes shares of counts", () => {
  expect(densityOf([0, 1, 3])).toEqual([
    { x: 0, y: 0 },
    { x: 1, y: 25 },
    { x: 2, y: 75 },
    { x: 3, y: 0 },
  ]);
  expect(densityOf([])).toEqual([]);
});

it("writes the numbers behind a figure, and no name that a spreadsheet would run", () => {
  expect(toSeriesCsv(figure)).toBe(
    'series,x,y,low,high\n"moe, ""a""",0,1,0.5,2\n"moe, ""a""",10,4,,\n',
  );
  const [series] = figure.series;
  const hostile = { ...figure, series: [{ ...series, label: "=1+1", points: [{ x: 0, y: 1 }] }] };
  expect(toSeriesCsv(hostile as Figure)).toContain("'=1+1,0,1,,");
});
