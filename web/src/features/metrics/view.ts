import { useState } from "react";
import { isSmoothing } from "./smoothing";
import { AXES, type Axis } from "./x-axis";

/** How somebody wants to see curves; kept in the browser. */
export interface View {
  axis: Axis;
  /** The weight that the mean gives to what came before; 0 draws what was measured. */
  smoothing: number;
  log: boolean;
}

const KEY = "prism-charts";
const PLAIN: View = { axis: "step", smoothing: 0, log: false };

export function useView(): [View, (view: View) => void] {
  const [view, setView] = useState(stored);
  const change = (changed: View) => {
    setView(changed);
    try {
      localStorage.setItem(KEY, JSON.stringify(changed));
    } catch {
      // Without storage the choice lives as long as the page.
    }
  };
  return [view, change];
}

function stored(): View {
  try {
    const { axis, smoothing, log } = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<View>;
    const known = AXES.find(({ value }) => value === axis)?.value;
    return {
      axis: known ?? PLAIN.axis,
      smoothing: isSmoothing(smoothing) ? smoothing : PLAIN.smoothing,
      log: log === true,
    };
  } catch {
    return PLAIN;
  }
}
