import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { CopyButton } from "./copy-button";
import { ToastProvider } from "./ui/toast";

it("says why nothing was copied where the browser keeps its clipboard to itself", async () => {
  const user = userEvent.setup();
  vi.spyOn(navigator.clipboard, "writeText").mockRejectedValue(new Error("not allowed"));
  render(
    <ToastProvider>
      <CopyButton text={() => "a table"} label="CSV" />
    </ToastProvider>,
  );
  await user.click(screen.getByRole("button", { name: "Copy as CSV" }));
  expect(await screen.findByTestId("toast")).toHaveTextContent("did not let this page copy");
});
