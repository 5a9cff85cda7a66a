import { useEffect, useEffectEvent, useRef } from "react";
import type uPlot from "uplot";
import { useTheme } from "@/components/theme";
import type { ChartProps } from "./chart";
import { columns } from "./chart-data";
import { draw, HEIGHT, markDrawn } from "./draw";

/** Redrawing more often than this shows nobody anything new. */
const SHORTEST_PAUSE = 250;

/** A chart this near to the window is kept up to date, so that scrolling finds it ready. */
const NEAR = "200px";

interface CanvasProps extends ChartProps {
  onHover: (step: number | null) => void;
}

/** The drawn part of a chart: built when it first comes near, redrawn only while it is. */
export function Canvas(props: CanvasProps) {
  const { lines } = props;
  const theme = useTheme();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const isNear = useRef(false);
  const drawnAt = useRef(0);
  const shape = `${theme} ${lines.map(({ name }) => name).join()} ${props.saturation ?? ""}`;

  const show = useEffectEvent(() => {
    const target = place.current;
    if (!target || !isNear.current) {
      return;
    }
    drawnAt.current = performance.now();
    if (plot.current) {
      plot.current.setData(columns(lines) as uPlot.AlignedData);
    } else {
      plot.current = draw(target, Math.floor(target.clientWidth), props);
    }
    markDrawn(target, plot.current);
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: another shape needs another plot.
  useEffect(() => {
    const target = place.current as HTMLDivElement;
    const sizes = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width > 0) {
        plot.current?.setSize({ width, height: HEIGHT });
      }
    });
    const sight = new IntersectionObserver(
      (entries) => {
        isNear.current = entries.at(-1)?.isIntersecting ?? false;
        show();
      },
      { rootMargin: NEAR },
    );
    sizes.observe(target);
    sight.observe(target);
    return () => {
      sizes.disconnect();
      sight.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new points are to be shown.
  useEffect(() => {
    const pause = Math.max(0, SHORTEST_PAUSE - (performance.now() - drawnAt.current));
    let frame = 0;
    const timer = setTimeout(() => {
      frame = requestAnimationFrame(() => show());
    }, pause);
    return () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
    };
  }, [lines]);

  return <div ref={place} data-testid="canvas" style={{ height: HEIGHT }} aria-hidden />;
}
