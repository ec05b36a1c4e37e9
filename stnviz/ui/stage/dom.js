// Helpers that create HTML and SVG elements.

/** Creates an element with attributes and children; attributes named `on...` become listeners. */
export function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "polygon", "rect", "line", "path"].includes(tag);
  const element = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Whether the link hides the part of this name in the component that `root` belongs to. */
export const hides = (root, part) => Boolean(root.closest(`[data-hide~="${part}"]`));

/** Copies a text; false if the browser does not allow it, as without HTTPS. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** A plain button with a label. */
export const button = (label, onclick, attributes = {}) =>
  make("button", { type: "button", onclick, ...attributes }, label);
