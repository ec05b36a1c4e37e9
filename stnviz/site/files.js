// Where the site's files are: beside the page, or packed inside of it.

import { unpacked } from "../ui/answerer/bytes.js";
import { dataOf, siteFile } from "./start.js";

const TYPES = { js: "text/javascript", mjs: "text/javascript" };

/** Promises what the page needs: `site`, the data of Play, and the addresses of its files. */
export async function filesOf(version) {
  const inside = document.querySelectorAll("script[data-file]");
  return inside.length ? packed(inside) : beside(version);
}

async function beside(version) {
  const site = await dataOf("play", version);
  return { site, inside: false, address: (name) => siteFile(`${name}?v=${version}`) };
}

/** Unpacks the files; each gets an address of its own in this page. */
async function packed(inside) {
  const blobs = await Promise.all([...inside].map(async (script) => [script.dataset.file, await blobOf(script)]));
  const found = new Map(blobs);
  const site = JSON.parse(await found.get("play.json").text());
  const addresses = new Map(blobs.map(([name, blob]) => [name, URL.createObjectURL(blob)]));
  for (const model of Object.values(site.models)) {
    for (const [distortion, name] of Object.entries(model.graphs)) {
      model.graphs[distortion] = addresses.get(name.split("?")[0]);
    }
  }
  return { site, inside: true, address: (name) => addresses.get(name) };
}

async function blobOf({ dataset: { file }, textContent }) {
  const bytes = Uint8Array.from(atob(textContent.trim()), (letter) => letter.charCodeAt(0));
  const type = TYPES[file.split(".").at(-1)] ?? "application/octet-stream";
  return new Blob([await unpacked(new Blob([bytes]).stream())], { type });
}
