interface Place {
  from: number;
  to: number;
  words: string;
}

/** Where in a filter the server stumbled, by its `character 9: …`, and over what. */
export function placeOfProblem(text: string, message: string): Place {
  const found = /^character (\d+): (.*)$/s.exec(message);
  if (!found) {
    return { from: text.length, to: text.length, words: message };
  }
  const from = Math.min(Number(found[1]) - 1, text.length);
  const length = /^("[^"]*"?|[^\s"=<>!:~(),]+|.)?/.exec(text.slice(from))?.[0].length ?? 0;
  return { from, to: from + length, words: found[2] ?? "" };
}
