// The Link button in the top bar, which every page has; on an embedded page, what its frame needs.

import { mounting } from "../mounting.js";
import { adoptTheme } from "../stage/theme.js";
import { Embedding } from "./embedding.js";

class Link {
  constructor(root) {
    this.root = root;
  }

  receive(data) {
    adoptTheme(this.root);
    const framed = data.embedded && window.parent !== window;
    if (framed) this.embedding ??= new Embedding(this.root);
    this.root.dataset.ready = "true";
  }

  close() {
    this.embedding?.stop();
  }
}

export default mounting("link", Link);
