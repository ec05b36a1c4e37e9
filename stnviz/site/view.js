// What an address says of the view of a page: parts that it hides, large type, and whether the page lies in
// a frame of another (docs/links.md).

/** The view of a query: { hide, size, embed }, the first two as a component's data have them. */
export function viewOf(query) {
  const hide = (query.get("hide") ?? "").split(",").filter(Boolean).toSorted();
  return { hide, size: query.get("size") === "large" ? "large" : "", embed: query.get("embed") === "true" };
}

/** Shows the page's own parts so; those of a component follow from its data. */
export function showView(main, { hide, size, embed }) {
  main.dataset.hide = hide.join(" ");
  document.documentElement.dataset.size = size;
  main.querySelector("header").hidden = embed;
}
