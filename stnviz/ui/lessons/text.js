// A lesson's text, from blocks of spans; every word becomes a text node, never HTML.

import { make } from "../stage/dom.js";

const TAGS = { strong: "strong", emphasis: "em", code: "code" };

function spanNode({ text, style, href }) {
  if (style === "link") return make("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
  return TAGS[style] ? make(TAGS[style], {}, text) : text;
}

/** Elements for blocks; items that follow one another share one list. */
export function textNodes(blocks) {
  const nodes = [];
  for (const { item, spans } of blocks) {
    const inside = spans.map(spanNode);
    if (!item) nodes.push(make("p", {}, ...inside));
    else if (nodes.at(-1)?.localName === "ul") nodes.at(-1).append(make("li", {}, ...inside));
    else nodes.push(make("ul", {}, make("li", {}, ...inside)));
  }
  return nodes;
}

/** `template` with its `{}` replaced, one after another. */
export const filled = (template, ...values) => values.reduce((text, value) => text.replace("{}", value), template);
