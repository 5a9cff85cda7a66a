/** A part of a line that is written in one look. */
export interface Inked {
  text: string;
  colour: string | undefined;
  isBold: boolean;
}

/** What a terminal is told: colours in the first group, and all else that no page can follow. */
const TOLD =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes begin with a control character.
  /\u001b\[([\d;]*)m|\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[@-Z\\-_]/g;

const EXTENDED = { 5: 1, 2: 3 } as const;

/** The eight colours of a terminal as this page has them; black and white are the text's own. */
const COLOURS = [
  undefined,
  "text-bad",
  "text-good",
  "text-warn",
  "text-info",
  "text-accent",
  "text-info",
  undefined,
];

/** A line as a terminal would show it: in colours, and without what only a terminal can do. */
export function inked(line: string): Inked[] {
  const parts: Inked[] = [];
  let look = PLAIN;
  let from = 0;
  for (const told of line.matchAll(TOLD)) {
    add(parts, line.slice(from, told.index), look);
    from = told.index + told[0].length;
    look = told[1] === undefined ? look : changed(look, told[1]);
  }
  add(parts, line.slice(from), look);
  return parts;
}

/** The line's own text. */
export function plain(line: string): string {
  return line.replace(TOLD, "");
}

const PLAIN: Omit<Inked, "text"> = { colour: undefined, isBold: false };

function add(parts: Inked[], text: string, look: Omit<Inked, "text">) {
  if (text) {
    parts.push({ text, ...look });
  }
}

function changed(look: Omit<Inked, "text">, codes: string): Omit<Inked, "text"> {
  let { colour, isBold } = look;
  const waiting = codes.split(";").map(Number);
  for (let code = waiting.shift(); code !== undefined; code = waiting.shift()) {
    if (code === 0) {
      [colour, isBold] = [undefined, false];
    } else if (code === 1 || code === 22) {
      isBold = code === 1;
    } else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) {
      colour = COLOURS[code % 10];
    } else if (code === 39) {
      colour = undefined;
    } else if (code === 38 || code === 48) {
      // One of 256 colours, or of 16 million: more than this page has, so that the text's own is.
      waiting.splice(0, EXTENDED[waiting.shift() as 2 | 5] ?? 0);
    }
  }
  return { colour, isBold };
}
