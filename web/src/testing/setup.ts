import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, vi } from "vitest";
import { FakeEventSource } from "./fake-event-source";
import { server } from "./server";

// A page is loaded on its first visit, which takes a while on a busy machine.
configure({ asyncUtilTimeout: 15_000 });

// A long list shows the rows that there is room for; jsdom knows no sizes.
Object.defineProperty(Element.prototype, "clientHeight", { configurable: true, value: 600 });
Object.defineProperty(Element.prototype, "clientWidth", { configurable: true, value: 800 });

// What jsdom lacks and a browser has. Nothing is drawn in these tests; the browser tests do that.
class NothingObserved {
  observe() {}
  unobserve() {}
  disconnect() {}
}

vi.stubGlobal("ResizeObserver", NothingObserved);
vi.stubGlobal("IntersectionObserver", NothingObserved);
vi.stubGlobal("EventSource", FakeEventSource);
vi.stubGlobal("scrollTo", () => {});
vi.stubGlobal("matchMedia", () => ({
  matches: false,
  addEventListener() {},
  removeEventListener() {},
}));
HTMLCanvasElement.prototype.getContext = () => null;
Element.prototype.scrollIntoView = () => {};

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  cleanup();
  server.resetHandlers();
  FakeEventSource.opened = [];
  localStorage.clear();
});
afterAll(() => server.close());
