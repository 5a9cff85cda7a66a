import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "./ui/button";
import { useToast } from "./ui/toast";

interface CopyButtonProps {
  text: () => string;
  label: string;
}

export function CopyButton({ text, label }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  const show = useToast();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      // A page that did not come over TLS has no clipboard, and a person may forbid it.
      show({
        title: "The browser did not let this page copy",
        detail: "Open the dashboard over HTTPS or on localhost, and allow it the clipboard.",
        tone: "bad",
      });
      return;
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <Button size="small" onClick={copy} aria-label={`Copy as ${label}`}>
      {copied ? <Check className="text-good" /> : <Copy />}
      {label}
    </Button>
  );
}
