import { ScrollFrame } from "./ui/scroll-frame";

interface CodeLinesProps {
  text: string;
  label: string;
}

/** Text to be read, not changed, with numbered lines. */
export function CodeLines({ text, label }: CodeLinesProps) {
  const lines = text.replace(/\n$/, "").split("\n");
  return (
    <ScrollFrame aria-label={label} className="max-h-[70vh] rounded-t-none border-0 py-2">
      <ol className="tabular text-small leading-5">
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its number.
          <li key={index} className="flex">
            <span aria-hidden className="w-12 shrink-0 pr-3 text-right text-muted select-none">
              {index + 1}
            </span>
            <code className="whitespace-pre">{line || " "}</code>
          </li>
        ))}
      </ol>
    </ScrollFrame>
  );
}
