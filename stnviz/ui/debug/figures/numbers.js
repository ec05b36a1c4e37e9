// Numbers in words: with a real minus sign, and as many digits as mean something.

const SIGN = "\u2212";

/** A number with a few significant digits; a word where there is none. */
export function shortNumber(x, digits = 3) {
  if (!Number.isFinite(x)) return "no number";
  if (x === 0) return "0";
  const size = Math.abs(x);
  const text = size >= 1e5 || size < 1e-3 ? size.toExponential(1) : String(Number(size.toPrecision(digits)));
  return (x < 0 ? SIGN : "") + text;
}

/** A number with fixed decimals, so that a column is aligned at the point. */
export function columnNumber(x, unit) {
  if (!Number.isFinite(x)) return "\u2013";
  const size = Math.abs(x);
  const decimals = unit === "%" || unit === "\u00b0" ? 1 : size >= 1000 ? 0 : size >= 100 ? 1 : 2;
  const text = size >= 1e6 ? size.toExponential(1) : size.toFixed(decimals);
  return (x < 0 && Number(text) !== 0 ? SIGN : "") + text;
}

/** A place (x, y) with fixed decimals. */
export const placeWords = ([x, y], decimals = 2) => `(${fixedNumber(x, decimals)}, ${fixedNumber(y, decimals)})`;

/** A number with so many decimals. */
export function fixedNumber(x, decimals) {
  if (!Number.isFinite(x)) return "no number";
  const text = Math.abs(x).toFixed(decimals);
  return (x < 0 && Number(text) !== 0 ? SIGN : "") + text;
}

/** The share of values that `is` true of, in %. */
export function shareOf(values, is) {
  let count = 0;
  for (const value of values) if (is(value)) count++;
  return values.length ? (100 * count) / values.length : 0;
}

/** A share in % in words: none, all, or a number that says that there are some. */
export function percent(share) {
  if (share === 0) return "0 %";
  if (share < 0.1) return "below 0.1 %";
  return `${share < 10 ? share.toFixed(1) : Math.round(share)} %`;
}

/** Sizes as C x H x W. */
export const sizeWords = (size) => size.join(" \u00d7 ");
