import { beforeEach, expect, it, vi } from "vitest";
import { FakeEventSource } from "@/testing/fake-event-source";
import { LiveStream } from "./stream";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeEventSource);
  FakeEventSource.opened = [];
  return () => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  };
});

function following(...topics: string[]) {
  const stream = new LiveStream();
  for (const topic of topics) {
    stream.follow(topic);
  }
  vi.advanceTimersByTime(50);
  return stream;
}

it("serves all topics with one connection", () => {
  following("run:b", "pipeline:a", "run:b");
  expect(FakeEventSource.opened).toHaveLength(1);
  expect(FakeEventSource.newest().url.searchParams.get("topics")).toBe("pipeline:a,run:b");
});

it("opens another one when the topics change, going on from the last cursor", () => {
  const stream = following("run:a");
  const first = FakeEventSource.newest();
  first.accept();
  first.say("samples", { run_id: "a", step: 1 }, "cursor-7");
  stream.follow("run:b");
  vi.advanceTimersByTime(50);
  expect(first.readyState).toBe(FakeEventSource.CLOSED);
  expect(FakeEventSource.newest().url.searchParams.get("since")).toBe("cursor-7");
});

it("closes when nobody follows anything", () => {
  const stream = new LiveStream();
  const leave = stream.follow("run:a");
  vi.advanceTimersByTime(50);
  leave();
  vi.advanceTimersByTime(50);
  expect(FakeEventSource.newest().readyState).toBe(FakeEventSource.CLOSED);
  expect(stream.connection()).toBe("idle");
});

it("hands each frame to its listeners until they leave", () => {
  const stream = following("run:a");
  const heard: number[] = [];
  const leave = stream.on("samples", ({ step }) => heard.push(step));
  FakeEventSource.newest().say("samples", { run_id: "a", step: 1 }, "1");
  leave();
  FakeEventSource.newest().say("samples", { run_id: "a", step: 2 }, "2");
  expect(heard).toEqual([1]);
});

it("tries again, ever more patiently, where the browser has given up", () => {
  const stream = following("run:a");
  let opened = 0;
  stream.onOpen(() => {
    opened += 1;
  });
  FakeEventSource.newest().accept();
  FakeEventSource.newest().say("samples", { run_id: "a", step: 1 }, "cursor-1");
  for (const wait of [500, 1000, 2000]) {
    const tries = FakeEventSource.opened.length;
    FakeEventSource.newest().refuse();
    expect(stream.connection()).toBe("lost");
    vi.advanceTimersByTime(wait - 1);
    expect(FakeEventSource.opened).toHaveLength(tries);
    vi.advanceTimersByTime(1);
    expect(FakeEventSource.opened).toHaveLength(tries + 1);
  }
  expect(FakeEventSource.newest().url.searchParams.get("since")).toBe("cursor-1");
  FakeEventSource.newest().accept();
  expect(stream.connection()).toBe("live");
  expect(opened).toBe(2);
});
