import { useEffect, useEffectEvent, useRef } from "react";
import type uPlot from "uplot";
import { useTheme } from "@/components/theme";
import { type Drawing, drawingOf } from "./chart-data";
import { type DrawProps, dataOf, draw, HEIGHT, isLogarithmic, markDrawn } from "./draw";

/** Redrawing more often than this shows nobody anything new. */
const SHORTEST_PAUSE = 250;

/** A chart this near to the window is kept up to date, so that scrolling finds it ready. */
const NEAR = "200px";

/** The drawn part of a chart: built when it first comes near, redrawn only while it is. */
export function Canvas(props: DrawProps) {
  const { lines, view, zoom, marks, saturation, place: placeOnAxis } = props;
  const theme = useTheme();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const drawing = useRef<Drawing>({ steps: [], columns: [] });
  const isNear = useRef(false);
  const drawnAt = useRef(0);
  const shape = [
    theme,
    lines.map(({ name, colour }) => `${name} ${colour}`).join(),
    view.axis,
    view.smoothing,
    isLogarithmic(props),
    zoom?.join("-"),
  ].join(";");

  const present = useEffectEvent(() => ({ props, drawing: drawing.current }));

  const show = useEffectEvent(() => {
    const target = place.current;
    if (!target || !isNear.current) {
      return;
    }
    drawnAt.current = performance.now();
    drawing.current = drawingOf(lines, view.smoothing);
    if (plot.current) {
      plot.current.setData(dataOf(props, drawing.current));
    } else {
      plot.current = draw(target, Math.floor(target.clientWidth), () => present());
    }
    markDrawn(target, drawing.current, view.axis);
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

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is new is to be shown.
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
  }, [lines, marks, saturation, placeOnAxis]);

  return <div ref={place} data-testid="canvas" style={{ height: HEIGHT }} aria-hidden />;
}
