import {
  Activity,
  CircleDashed,
  CircleOff,
  Droplets,
  Equal,
  Gauge,
  type LucideIcon,
} from "lucide-react";
import type { RunAudit } from "@/api/schema";
import { classNames } from "./class-names";

type Verdict = RunAudit["verdict"];

export type Tone = "good" | "warn" | "bad" | "muted";

interface Look {
  word: string;
  icon: LucideIcon;
  tone: Tone;
  meaning: string;
}

const INKS: Record<Tone, string> = {
  good: "text-good",
  warn: "text-warn",
  bad: "text-bad",
  muted: "text-muted",
};

const CHIPS: Record<Tone, string> = {
  good: "bg-good-soft",
  warn: "bg-warn-soft",
  bad: "bg-bad-soft",
  muted: "bg-sunken",
};

const LOOKS: Record<NonNullable<Verdict>, Look> = {
  matched: {
    word: "matched",
    icon: Equal,
    tone: "good",
    meaning: "The two sides can no longer be told apart: the policy has arrived.",
  },
  healthy: {
    word: "healthy",
    icon: Activity,
    tone: "good",
    meaning: "The discriminator tells the two sides apart, and not too well.",
  },
  saturated: {
    word: "saturated",
    icon: Gauge,
    tone: "warn",
    meaning: "The discriminator wins nearly every pair, so that its reward says nothing.",
  },
  leaking: {
    word: "leaking",
    icon: Droplets,
    tone: "bad",
    meaning: "Lengths alone give the two sides away.",
  },
  collapsed: {
    word: "collapsed",
    icon: CircleOff,
    tone: "bad",
    meaning: "Scores no longer vary, or most rollouts are malformed.",
  },
};

const UNKNOWN: Look = {
  word: "too few pairs",
  icon: CircleDashed,
  tone: "muted",
  meaning: "There are not enough held-out pairs for a verdict.",
};

/** How a verdict is shown and what it means. */
export function verdictLook(verdict: Verdict): Look {
  return verdict ? LOOKS[verdict] : UNKNOWN;
}

interface GameVerdictProps {
  verdict: Verdict;
  /** The icon alone, its word for those who cannot see it. */
  short?: boolean;
  className?: string;
}

/** What the audit says of the game: icon, word and colour. */
export function GameVerdict({ verdict, short, className }: GameVerdictProps) {
  const { word, icon: Icon, tone, meaning } = verdictLook(verdict);
  return (
    <span
      data-testid="verdict"
      data-verdict={verdict ?? "none"}
      title={short ? `${word}: ${meaning}` : meaning}
      className={classNames(
        "inline-flex shrink-0 items-center gap-1 align-middle font-medium whitespace-nowrap",
        INKS[tone],
        !short && ["h-5 rounded-small px-1.5 text-small", CHIPS[tone]],
        className,
      )}
    >
      <Icon aria-hidden className="size-3.5 shrink-0" />
      <span className={short ? "sr-only" : undefined}>{word}</span>
    </span>
  );
}
