import { describe, expect, it } from "vitest";
import { fakeDevice, fakeQueue, fakeWorker } from "@/testing/fake-fleet";
import {
  describeDevices,
  describeSlots,
  describeUse,
  formatHeld,
  formatHours,
  presentWorkers,
  readQuota,
} from "./sums";

describe("the GPUs of a slot", () => {
  it("are counted by kind", () => {
    expect(describeDevices([])).toBe("");
    expect(describeDevices([fakeDevice(), fakeDevice()])).toBe("2 × H100, 79.6 GiB");
    const part = fakeDevice({ name: "", memory: 0 });
    expect(describeDevices([fakeDevice(), part])).toBe("1 × H100, 79.6 GiB and 1 × part of a GPU");
  });

  it("are summed up by what the driver tells, and by nothing else", () => {
    const busy = { uuid: "a", utilisation: 0.9, memory: 2 ** 30, power: 300.4 };
    const idle = { uuid: "b", utilisation: 0.1, memory: 2 ** 30, power: null };
    expect(describeUse([fakeDevice({ use: busy }), fakeDevice({ use: idle })])).toBe(
      "50% busy, 2.0 GiB used, 300 W",
    );
    const silent = { uuid: "c", utilisation: null, memory: null, power: null };
    expect(describeUse([fakeDevice({ use: silent }), fakeDevice({ use: null })])).toBe("");
  });
});

it.each([
  [0, "0.0"],
  [1440, "0.4"],
  [57_600, "16.0"],
  [4_442_400, "1,234"],
])("writes %d seconds as %s hours", (seconds, text) => {
  expect(formatHours(seconds)).toBe(text);
});

it.each([
  [0, 0, 0, "no slots"],
  [1, 1, 0, "1 of 1 slot free"],
  [2, 0, 1, "0 of 2 slots free, 1 GPU"],
])("says of %d slots, %d free, with %d GPUs: %s", (slots, free, gpus, text) => {
  expect(describeSlots({ ...fakeQueue, slots, free, gpus })).toBe(text);
});

it("says how much is held of how much may be", () => {
  expect(formatHeld(2, 4)).toBe("2 of 4");
  expect(formatHeld(2, null)).toBe("2");
  expect(formatHeld(0, 0)).toBe("0 of 0");
});

it("leaves out workers that have been away for a day", () => {
  const now = Date.parse("2030-01-02T12:00:00Z");
  const workers = [
    fakeWorker({ id: "here", state: "drained", seen_at: "2029-01-01T00:00:00Z" }),
    fakeWorker({ id: "away", state: "offline", seen_at: "2030-01-02T00:00:00Z" }),
    fakeWorker({ id: "gone", state: "offline", seen_at: "2030-01-01T00:00:00Z" }),
  ];
  const { present, gone } = presentWorkers(workers, now);
  expect(present.map(({ id }) => id)).toEqual(["here", "away"]);
  expect(gone).toBe(1);
});

it.each([
  ["", null],
  [" 8 ", 8],
  ["0", 0],
  ["-1", undefined],
  ["1.5", undefined],
  ["many", undefined],
])("reads %o as the quota %o", (text, quota) => {
  expect(readQuota(text)).toBe(quota);
});
