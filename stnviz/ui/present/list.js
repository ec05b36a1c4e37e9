// Lists of links as text: one link a line; what follows # is a comment.

export const LONGEST_LIST = 100_000; // characters

/** The address of the app itself, which links are relative to. */
export const appAddress = () => new URL(".", location.href);

/**
 * The address of a link for a frame, or null if it is none of this app.
 *
 * It may be relative to the app, or as it stands in the address bar. The first of `pages` is the one
 * that the app opens with, whose address has no name.
 */
export function frameAddress(link, pages) {
  const app = appAddress();
  let url;
  try {
    url = new URL(link, app);
  } catch {
    return null;
  }
  if (url.origin !== app.origin || !url.pathname.startsWith(app.pathname)) return null;
  const page = url.pathname.slice(app.pathname.length).replace(/\/$/, "");
  if (page && !pages.includes(page)) return null;
  const address = new URL(page === pages[0] ? "" : page, app);
  address.search = url.search;
  address.searchParams.set("embed", "true");
  return address.href;
}

/** The links of a list, as ({ title, address }), and a sentence for each line that is none. */
export function readList(text, pages) {
  const links = [];
  const problems = [];
  if (text.length > LONGEST_LIST) return { links, problems: ["The file is too long for a list of links."] };
  text.split(/\r\n|\r|\n/).forEach((line, k) => {
    const link = line.replace(/(^|\s)#.*$/, "").trim();
    if (!link) return;
    const address = frameAddress(link, pages);
    if (address) links.push({ title: "", address });
    else problems.push(`Line ${k + 1}, \u201c${link.slice(0, 60)}\u201d, is no link to a page of this app.`);
  });
  if (!links.length && !problems.length) problems.push("The file holds no links: write one on each line.");
  return { links, problems };
}
