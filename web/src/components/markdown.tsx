import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";

/**
 * What somebody wrote in Markdown. HTML in it is text, addresses are those that a page may lead to,
 * and pictures are links: a note must not tell another server who reads it.
 */
export default function Markdown({ text }: { text: string }) {
  return (
    <div className="prose-note max-w-[72ch] wrap-anywhere" dir="auto">
      <ReactMarkdown remarkPlugins={[remarkGfm]} components={COMPONENTS}>
        {text}
      </ReactMarkdown>
    </div>
  );
}

/** A note stands below headings of the page, whatever levels it uses itself. */
const COMPONENTS: Components = {
  h1: "h4",
  h2: "h5",
  h3: "h6",
  h4: "h6",
  h5: "h6",
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  ),
  img: ({ src, alt }) => (
    <a href={typeof src === "string" ? src : undefined} target="_blank" rel="noopener noreferrer">
      {alt || "picture"}
    </a>
  ),
};
