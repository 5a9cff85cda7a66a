const GIB = 2 ** 30;

/** Bytes as somebody types them: GiB, without more digits than say something. */
export function typedGib(bytes: number | null | undefined): string {
  return bytes == null ? "" : String(Number((bytes / GIB).toPrecision(6)));
}

/** Bytes of what was typed: nothing is no limit, and what is no number of GiB is undefined. */
export function readGib(text: string): number | null | undefined {
  const typed = text.trim();
  if (typed === "") {
    return null;
  }
  const bytes = Math.round(Number(typed) * GIB);
  return /^\d+(\.\d+)?$/.test(typed) && bytes <= 2 ** 60 ? bytes : undefined;
}
