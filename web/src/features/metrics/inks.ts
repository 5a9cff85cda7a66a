import { CHARTS, type DataColour } from "./charts";

/** A data colour as a line and as letters, as the present theme has it. */
export function inks(colour: DataColour): { colour: string; textColour: string } {
  const token = colour === "text" ? "text-muted" : colour;
  const style = getComputedStyle(document.documentElement);
  const line = style.getPropertyValue(`--${token}`).trim();
  const letters = ["text", "accent"].includes(colour) ? `--${token}` : `--${colour}-text`;
  return { colour: line, textColour: `var(${letters})` };
}

const COLOURS: DataColour[] = [
  "accent",
  "perception",
  "reasoning",
  "answer",
  "format",
  "response",
  "text",
];

/** A colour for each metric of a chart: what it means on other charts, unless another has it. */
export function coloursOf(metrics: readonly string[]): DataColour[] {
  const usual = new Map(
    CHARTS.flatMap(({ lines }) => lines).map(({ metric, colour }) => [metric, colour]),
  );
  const taken = new Set<DataColour>();
  const take = (colour: DataColour | undefined) => {
    if (colour && !taken.has(colour)) {
      taken.add(colour);
      return colour;
    }
    return undefined;
  };
  const meant = metrics.map((name) => take(usual.get(name)));
  return meant.map(
    (colour) => colour ?? take(COLOURS.find((one) => !taken.has(one))) ?? ("text" as const),
  );
}
