import type { ReactNode } from 'react';

const WIDTH = 160;
const HEIGHT = 32;

/** A line over values, oldest first; the words say what it shows. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }): ReactNode {
  if (values.length < 2) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (index: number): number => 3 + (index * (WIDTH - 6)) / (values.length - 1);
  const y = (value: number): number => (high === low ? HEIGHT / 2 : HEIGHT - 4 - ((value - low) * (HEIGHT - 8)) / (high - low));
  const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`);
  const last = values.length - 1;
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <polyline points={points.join(' ')} />
      <circle cx={x(last)} cy={y(values[last] ?? 0)} r="3" />
    </svg>
  );
}
