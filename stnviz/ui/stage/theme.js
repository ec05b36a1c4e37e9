// The page's theme, light or dark, and the two colours with a fixed meaning.

/** Lines over images lie on black in either theme: the bright pair of colours. */
export const LATTICE_COLOURS = { yours: "#f2994a", network: "#58a6e0" };

/** Sets data-theme on `root` to "light" or "dark", by Streamlit's background colour. */
export function adoptTheme(root) {
  const ground = getComputedStyle(root).getPropertyValue("--st-background-color").trim();
  root.dataset.theme = luminance(ground || "#fbfaf7") < 0.4 ? "dark" : "light";
}

function luminance(colour) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = colour;
  const hex = probe.fillStyle;
  const [r, g, b] = [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16) / 255);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
