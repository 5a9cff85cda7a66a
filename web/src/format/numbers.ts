/** A number as short as it can be without hiding what matters: three significant digits or more. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (value === 0) {
    return "0";
  }
  if (size < 1e-3 || size >= 1e6) {
    return value.toExponential(2).replace("e+", "e");
  }
  if (size >= 1000) {
    return Math.round(value).toLocaleString("en-US");
  }
  if (size < 0.1) {
    return value.toPrecision(3);
  }
  return size >= 100 ? value.toFixed(1) : size >= 10 ? value.toFixed(2) : value.toFixed(3);
}

/** A count with thousands separated. */
export function formatCount(value: number): string {
  return value.toLocaleString("en-US");
}

/** A share as a percentage with one decimal, without the sign: 0.6618 is 66.2. */
export function formatShare(value: number): string {
  return (100 * value).toFixed(1);
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export function formatSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}
