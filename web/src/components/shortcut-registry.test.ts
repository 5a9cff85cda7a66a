import { expect, it, vi } from "vitest";
import { ShortcutRegistry } from "./shortcut-registry";

function press(registry: ShortcutRegistry, key: string, more: Partial<KeyboardEvent> = {}) {
  const event = { key, timeStamp: 0, preventDefault: vi.fn(), ...more };
  registry.listen(event as unknown as KeyboardEvent);
  return event;
}

function one(keys: string) {
  return { keys, does: `does ${keys}`, run: vi.fn() };
}

vi.stubGlobal("Element", class {});

it("does what one key, two keys in a row, or a key with Ctrl or ⌘ stand for", () => {
  const registry = new ShortcutRegistry();
  const [j, runs, palette] = [one("j"), one("g r"), one("Mod+k")];
  registry.add("page", [j, runs, palette]);
  press(registry, "j");
  expect(j.run).toHaveBeenCalledOnce();
  press(registry, "g", { timeStamp: 10 });
  press(registry, "r", { timeStamp: 300 });
  expect(runs.run).toHaveBeenCalledOnce();
  press(registry, "g", { timeStamp: 1000 });
  press(registry, "r", { timeStamp: 2500 });
  expect(runs.run).toHaveBeenCalledOnce();
  expect(press(registry, "K", { metaKey: true }).preventDefault).toHaveBeenCalled();
  press(registry, "k", { ctrlKey: true });
  expect(palette.run).toHaveBeenCalledTimes(2);
  expect(press(registry, "q").preventDefault).not.toHaveBeenCalled();
});

it("gives a key to the part that came last, and back when that leaves", () => {
  const registry = new ShortcutRegistry();
  const [first, second] = [one("j"), one("j")];
  const heard = vi.fn();
  registry.subscribe(heard);
  registry.add("list", [first]);
  const leave = registry.add("sheet", [second]);
  press(registry, "j");
  leave();
  press(registry, "j");
  expect([first.run.mock.calls.length, second.run.mock.calls.length]).toEqual([1, 1]);
  expect(heard).toHaveBeenCalledTimes(3);
  expect(registry.registered().map(({ group }) => group)).toEqual(["list"]);
});
