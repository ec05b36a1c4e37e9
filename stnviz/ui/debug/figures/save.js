// Saves what is seen as files: figures as PNG, verdicts as JSON.

const LINE = 16;

/** Saves a canvas as a PNG with a title above and a caption below it. */
export async function saveCanvas(still, title, caption, { ratio, ground, ink, font, name }) {
  const pad = 8 * ratio;
  const width = still.width + 2 * pad;
  const probe = new OffscreenCanvas(1, 1).getContext("2d");
  probe.font = `${12 * ratio}px ${font}`;
  const lines = wrapped(probe, caption, still.width);
  const top = pad + 20 * ratio;
  const sheet = new OffscreenCanvas(width, top + still.height + lines.length * LINE * ratio + 2 * pad);
  const context = sheet.getContext("2d");
  context.fillStyle = ground;
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.drawImage(still, pad, top);
  context.fillStyle = ink;
  context.textBaseline = "top";
  context.font = `600 ${13 * ratio}px ${font}`;
  context.fillText(title, pad, pad);
  context.font = probe.font;
  lines.forEach((line, k) => context.fillText(line, pad, top + still.height + pad + k * LINE * ratio));
  saveBlob(await sheet.convertToBlob({ type: "image/png" }), `${fileName(name)}.png`);
}

/** Saves plain values as a JSON file. */
export function saveJson(value, name) {
  saveBlob(new Blob([JSON.stringify(value, null, 2)], { type: "application/json" }), `${fileName(name)}.json`);
}

function saveBlob(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const fileName = (text) => `stnviz-${text.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 60)}`;

/** Text as lines that fit into a width. */
function wrapped(context, text, width) {
  const lines = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && context.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line ? [...lines, line] : lines;
}
