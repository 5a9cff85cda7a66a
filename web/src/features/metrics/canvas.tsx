import { useEffect, useEffectEvent, useRef } from "react";
import type uPlot from "uplot";
import { useTheme } from "@/components/theme";
import { type Drawing, drawingOf } from "./chart-data";
import { type DrawProps, dataOf, draw, HEIGHT, isLogarithmic, markDrawn } from "./draw";
import { drawSoon, hurry } from "./pace";

/** A chart this near to the window is kept up to date, so that scrolling finds it ready. */
const NEAR = "200px";

/** The drawn part of a chart: built when it first comes near, redrawn only while it is. */
export function Canvas(props: DrawProps) {
  const { lines, view, marks, saturation, place: placeOnAxis } = props;
  const theme = useTheme();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const drawing = useRef<Drawing>({ steps: [], columns: [] });
  const isNear = useRef(false);
  const shape = [
    theme,
    lines.map(({ name, colour }) => `${name} ${colour}`).join(),
    view.axis,
    view.smoothing,
    isLogarithmic(props),
  ].join(";");
  const zoom = props.zoom?.join("-");

  const present = useEffectEvent(() => ({ props, drawing: drawing.current }));

  const show = useEffectEvent(() => {
    const target = place.current;
    if (!target || !isNear.current) {
      return;
    }
    drawing.current = drawingOf(lines, view.smoothing);
    if (plot.current) {
      plot.current.setData(dataOf(props, drawing.current));
    } else {
      plot.current = draw(target, Math.floor(target.clientWidth), () => present());
    }
    markDrawn(target, drawing.current, view.axis);
  });

  const sighted = useEffectEvent(() => {
    props.onSight?.(props.id, isNear.current ? lines.map(({ name }) => name) : []);
  });

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
        sighted();
        show();
      },
      { rootMargin: NEAR },
    );
    sizes.observe(target);
    sight.observe(target);
    return () => {
      sizes.disconnect();
      sight.disconnect();
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another shape needs another plot.
  useEffect(() => {
    show();
    return () => {
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another stretch is to be shown.
  useEffect(() => {
    // The finer points are drawn once they are there.
    hurry();
    if (plot.current) {
      show();
    }
  }, [zoom]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is new is to be shown.
  useEffect(() => {
    return drawSoon(() => show());
  }, [lines, marks, saturation, placeOnAxis]);

  return <div ref={place} data-testid="canvas" style={{ height: HEIGHT }} aria-hidden />;
}
