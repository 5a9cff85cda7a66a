import { expect, it } from "vitest";
import { inked, plain } from "./ansi";

const part = (text: string, colour?: string, isBold = false) => ({ text, colour, isBold });

it("shows the colours of a terminal, and nothing of what tells it so", () => {
  expect(inked("a \u001b[31mred\u001b[1m and bold\u001b[0m end")).toEqual([
    part("a "),
    part("red", "text-bad"),
    part(" and bold", "text-bad", true),
    part(" end"),
  ]);
  expect(inked("\u001b[1;92mok\u001b[22;39m plain")).toEqual([
    part("ok", "text-good", true),
    part(" plain"),
  ]);
});

it("leaves out what only a terminal can do", () => {
  expect(inked("\u001b]0;a title\u0007\u001b[2J\u001b[1A50%\u001b[K")).toEqual([part("50%")]);
  expect(inked("\u001b[38;5;196;1mrare\u001b[48;2;1;31;3mrarer")).toEqual([
    part("rare", undefined, true),
    part("rarer", undefined, true),
  ]);
  expect(plain("loss \u001b[33m0.5\u001b[m")).toBe("loss 0.5");
});
