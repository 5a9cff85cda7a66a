import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import Markdown from "./markdown";

it("shows what Markdown is for", () => {
  render(<Markdown text={"# Slow\n\n- [x] done\n\n| a | b |\n|---|---|\n| 1 | `2` |"} />);
  expect(screen.getByRole("heading", { level: 4 })).toHaveTextContent("Slow");
  expect(screen.getByRole("checkbox")).toBeChecked();
  expect(screen.getByRole("cell", { name: "2" })).toBeVisible();
});

it.each([
  ["<script>window.hurt = 1</script>", "<script>window.hurt = 1</script>"],
  ["<img src=x onerror='window.hurt = 1'>", "<img src=x onerror='window.hurt = 1'>"],
  ["<iframe srcdoc='<script>1</script>'></iframe>", "iframe"],
  ["[click](javascript:window.hurt=1)", "click"],
  ["[click](data:text/html,<script>1</script>)", "click"],
  ["[click](vbscript:1)", "click"],
  ["![shot](https://tracker.example/pixel.png)", "shot"],
  ["\u202Egnp.exe\u2066 NaN \u0000", "NaN"],
  [`${"> ".repeat(500)}deep`, "deep"],
])("is not hurt by %s", (text, seen) => {
  const { container } = render(<Markdown text={text} />);
  expect(container).toHaveTextContent(seen);
  expect(container.querySelector("script, img, iframe, object, embed, style")).toBeNull();
  const links = [...container.querySelectorAll("a")].map((link) => link.getAttribute("href") ?? "");
  expect(links.filter((href) => !/^(https?:|mailto:|#|\/|$)/.test(href))).toEqual([]);
  const handlers = [...container.querySelectorAll("*")].flatMap((one) =>
    [...one.attributes].filter(({ name }) => name.startsWith("on")),
  );
  expect(handlers).toEqual([]);
  expect(window).not.toHaveProperty("hurt");
});
