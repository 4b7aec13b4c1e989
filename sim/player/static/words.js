// Text for people, and elements for pages.  Names from scenarios become text nodes only, never markup.

export const clamp = (value, least, most) => Math.max(least, Math.min(most, value));

export function digits(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const places = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  const text = value.toLocaleString("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places });
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

export function seconds(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size < 5e-8) return "0 s";
  if (size < 0.9995e-3) return `${digits(value * 1e6)} µs`;
  if (size < 0.9995) return `${digits(value * 1e3)} ms`;
  return `${digits(value)} s`;
}

export function clock(value, places = 3) {
  return `${value.toLocaleString("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places })} s`;
}

export function amount(value, unit) {
  if (unit !== "bytes") return `${whole(value)} ${unit}`;
  const sizes = ["B", "KiB", "MiB", "GiB", "TiB"];
  let place = 0;
  while (value >= 1024 && place < sizes.length - 1) { value /= 1024; place += 1; }
  return `${digits(value)} ${sizes[place]}`;
}

export const whole = (value) => Math.round(value).toLocaleString("en-GB");

export const percent = (ratio) => {
  if (!Number.isFinite(ratio)) return "–";
  return ratio > 0 && ratio < 0.0095 ? `${(100 * ratio).toFixed(1)} %` : `${Math.round(100 * ratio)} %`;
};

export const counted = (number, noun) => `${whole(number)} ${noun}${number === 1 ? "" : "s"}`;

export function shorten(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  for (let kept = text.length - 1; kept > 1; kept -= 1) {
    const tail = Math.floor(kept * 0.4);
    const candidate = `${text.slice(0, kept - tail).trimEnd()}…${tail ? text.slice(-tail).trimStart() : ""}`;
    if (context.measureText(candidate).width <= room) return candidate;
  }
  return `${text.slice(0, 1)}…`;
}

// The first of several texts that fits; empty if none does.
export const fitting = (context, ways, room) => ways.find((way) => context.measureText(way).width <= room) ?? "";

// The next "nice" number: 1, 2 or 5 times a power of ten, so that the end of a gauge is easy to read.
export function niceCeil(value) {
  if (value <= 5) return 5;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}

export function el(tag, said = {}, ...children) {
  const made = document.createElement(tag);
  fill(made, said, children);
  return made;
}

export function svg(tag, said = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(made, said, children);
  return made;
}

function fill(made, said, children) {
  for (const [name, value] of Object.entries(said)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "text") made.textContent = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) if (child !== null && child !== undefined) made.append(child);
}

let lastIdentity = 0;
export const identity = (name) => `pxp-${name}-${(lastIdentity += 1)}`;
