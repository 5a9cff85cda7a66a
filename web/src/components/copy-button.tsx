import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "./ui/button";

interface CopyButtonProps {
  text: () => string;
  label: string;
}

export function CopyButton({ text, label }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text());
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
