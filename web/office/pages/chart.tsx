/** Charts: uPlot, loaded when the first one is shown, drawn in the page's own colours. */

import { useEffect, useRef } from "preact/hooks";
import type uPlotType from "uplot";
import { theme } from "../../shared/app/theme";
import { language, locale } from "../../shared/i18n";
import { readPalette } from "../../shared/map/palette";

export interface Line {
  label: string;
  values: number[];
  token: "stock" | "live" | "ink";
  bars?: boolean;
  written?(value: number): string;
}

interface Props {
  title: string;
  at_s: number[];
  lines: Line[];
}

const HEIGHT = 190;

export function Chart({ title, at_s, lines }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlotType | null>(null);
  const data = useRef<uPlotType.AlignedData>([[]]);
  data.current = [at_s, ...lines.map((line) => line.values)];

  useEffect(() => {
    let gone = false;
    let sizes: ResizeObserver | null = null;
    void Promise.all([import("uplot"), import("uplot/dist/uPlot.min.css")]).then(([{ default: UPlot }]) => {
      const box = host.current;
      if (gone || !box) return;
      const palette = readPalette(box);
      const colour = { stock: palette.stock, live: palette.tiers[0] ?? palette.ink, ink: palette.ink };
      const axis = {
        stroke: palette.soft,
        grid: { stroke: palette.line, width: 1 },
        font: `12px ${palette.face}`,
      };
      const bars = UPlot.paths.bars?.({ size: [0.7, 24], align: -1 });
      const made = new UPlot(
        {
          width: box.clientWidth,
          height: HEIGHT,
          cursor: { y: false },
          legend: { live: true },
          scales: { y: { range: (_plot, _low, high) => [0, Math.max(4, high * 1.1)] } },
          axes: [
            {
              ...axis,
              values: (_plot, ticks) =>
                ticks.map((tick) =>
                  new Intl.DateTimeFormat(locale.value, { hour: "2-digit", minute: "2-digit" }).format(
                    tick * 1000,
                  ),
                ),
            },
            {
              ...axis,
              size: 56,
              values: (_plot, ticks) =>
                ticks.map((tick) =>
                  new Intl.NumberFormat(locale.value, { notation: "compact" }).format(tick),
                ),
            },
          ],
          series: [
            {},
            ...lines.map((line) => ({
              label: line.label,
              stroke: colour[line.token],
              width: 2,
              points: { show: false },
              value: (_plot: uPlotType, value: number | null) =>
                value === null || value === undefined ? "" : (line.written?.(value) ?? String(value)),
              ...(line.bars && bars ? { paths: bars, fill: colour[line.token], width: 0 } : {}),
            })),
          ],
        },
        data.current,
        box,
      );
      plot.current = made;
      sizes = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height: HEIGHT }));
      sizes.observe(box);
    });
    return () => {
      gone = true;
      sizes?.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [language.value, theme.value]);

  useEffect(() => plot.current?.setData(data.current), [at_s, lines]);

  return (
    <figure class="panel chart">
      <figcaption class="tag">{title}</figcaption>
      <div ref={host} role="img" aria-label={`${title}: ${summary(lines)}`} />
    </figure>
  );
}

function summary(lines: Line[]): string {
  return lines
    .map((line) => {
      const last = line.values[line.values.length - 1] ?? 0;
      return `${line.label} ${line.written?.(last) ?? last}`;
    })
    .join(", ");
}
