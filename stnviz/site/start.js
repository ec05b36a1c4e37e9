// How a page of the site begins: it reads its data, shows them, and keeps the site working offline.

import { bytesAt } from "../ui/answerer/bytes.js";

/** The address of a file of the site; the scripts lie at its root. */
export const siteFile = (name) => new URL(name, import.meta.url).href;

/** Promises the JSON values of a file. */
export async function valuesAt(name) {
  return JSON.parse(new TextDecoder().decode(await bytesAt(siteFile(name))));
}

/** Promises the data of a page, which must be of the same version as its script. */
export async function dataOf(page, version) {
  const site = await valuesAt(`${page}.json?v=${version}`);
  if (site.version !== version) throw new Error("Its files are of different versions.");
  return site;
}

/** Shows a page by `show(main)`, which promises whether the page is one of several files; or says why not. */
export async function startPage(show) {
  const main = document.querySelector("main");
  try {
    const several = await show(main);
    if (several) navigator.serviceWorker?.register(siteFile("service_worker.js")).catch(() => {});
  } catch (error) {
    main.querySelector(".trouble").textContent =
      `This page cannot be shown: ${error.message} Load it again, or ask whoever runs this site to copy all of its files.`;
  }
}
