/** A piece of a line, and whether the other side says it too. */
export interface Piece {
  text: string;
  shared: boolean;
}

/** A line of a section in pieces; it is shared where all of its pieces are. */
export interface MarkedLine {
  pieces: Piece[];
  shared: boolean;
}

/** Lines that have less than this in common are not two versions of one line. */
const LEAST_LIKENESS = 0.3;

/** Comparing more pairs of words than this would make a keyboard stall. */
const MOST_PAIRS = 1_000_000;

/**
 * Mark what the other side does not say.
 *
 * Lines that both sides have are shared, wherever they stand and whatever their case, bullets and
 * spaces. Each of the others is compared word by word with the line of the other side that is most
 * like it.
 */
export function markLines(text: string, other: string | undefined): MarkedLine[] {
  const lines = linesOf(text);
  if (other === undefined) {
    return lines.map((line) => ({ pieces: [{ text: line, shared: true }], shared: true }));
  }
  const here = new Set(lines.map(folded));
  const there = linesOf(other);
  const known = new Set(there.map(folded));
  const candidates = there.filter((line) => !here.has(folded(line))).map(wordsOf);
  return lines.map((line) => {
    if (known.has(folded(line))) {
      return { pieces: [{ text: line, shared: true }], shared: true };
    }
    return { pieces: markWords(wordsOf(line), mostLike(wordsOf(line), candidates)), shared: false };
  });
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

function folded(line: string): string {
  return line
    .replace(/^\s*[-*•]\s*/, "")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
}

/** Words and the spaces between them; where a script writes no spaces, its signs one by one. */
function wordsOf(line: string): string[] {
  return line.match(/\s+|\p{Script=Han}|[^\s\p{Script=Han}]+/gu) ?? [];
}

function meaningOf(word: string): string {
  return word.toLowerCase().replace(/[.,;:!?]+$/, "");
}

/** Spaces and bullets say nothing. */
function isFiller(word: string): boolean {
  return /^(\s*|[-*•])$/.test(word);
}

function mostLike(
  words: readonly string[],
  candidates: readonly string[][],
): readonly string[] | undefined {
  let best: readonly string[] | undefined;
  let most = LEAST_LIKENESS;
  for (const candidate of candidates) {
    const likeness = likenessOf(words, candidate);
    if (likeness >= most) {
      [best, most] = [candidate, likeness];
    }
  }
  return best;
}

/** The share of words that two lines have in common (Dice). */
function likenessOf(one: readonly string[], other: readonly string[]): number {
  const [a, b] = [one, other].map((words) =>
    words.filter((word) => !isFiller(word)).map(meaningOf),
  );
  const left = new Map<string, number>();
  for (const word of b ?? []) {
    left.set(word, (left.get(word) ?? 0) + 1);
  }
  let common = 0;
  for (const word of a ?? []) {
    const count = left.get(word) ?? 0;
    if (count > 0) {
      common += 1;
      left.set(word, count - 1);
    }
  }
  return (2 * common) / Math.max(1, (a?.length ?? 0) + (b?.length ?? 0));
}

function markWords(words: readonly string[], other: readonly string[] | undefined): Piece[] {
  const kept = other ? keptWords(words, other) : new Set<number>();
  const isNew = (index: number) => !isFiller(words[index] ?? "") && !kept.has(index);
  const pieces: Piece[] = [];
  words.forEach((text, index) => {
    // What stands between two new words is new with them, so that they are one piece.
    const shared = isFiller(text) ? !(isNew(index - 1) && isNew(index + 1)) : kept.has(index);
    const last = pieces.at(-1);
    if (last && last.shared === shared) {
      last.text += text;
    } else {
      pieces.push({ text, shared });
    }
  });
  return pieces;
}

/** The places of the words that belong to the longest sequence which both lines have. */
function keptWords(words: readonly string[], other: readonly string[]): Set<number> {
  const places = words.flatMap((word, index) => (isFiller(word) ? [] : [index]));
  const a = places.map((index) => meaningOf(words[index] as string));
  const b = other.filter((word) => !isFiller(word)).map(meaningOf);
  const kept = new Set<number>();
  if (a.length * b.length > MOST_PAIRS) {
    return kept;
  }
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number) => longest[i * width + j] as number;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] =
        a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      kept.add(places[i] as number);
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      i += 1;
    } else {
      j += 1;
    }
  }
  return kept;
}
