// The Link button in the top bar, which every page has; on an embedded page, what its frame needs.

import { mounting } from "../mounting.js";
import { button } from "../stage/dom.js";
import { adoptTheme } from "../stage/theme.js";
import { LinkDialog } from "./dialog.js";
import { Embedding } from "./embedding.js";

class Link {
  constructor(root) {
    this.root = root;
  }

  receive(data, report) {
    adoptTheme(this.root);
    this.report = report;
    if (!data.embedded) this.offer(data);
    else if (window.parent !== window) this.embedding ??= new Embedding(this.root);
    this.root.dataset.ready = "true";
  }

  offer({ parts, code }) {
    if (!this.dialog) {
      this.dialog = new LinkDialog((link) => this.report.state("state", link));
      const title = "A link to what this page shows now, for slides, course pages and phones";
      this.root.append(button("Link", () => this.dialog.open(), { title }), this.dialog.root);
    }
    this.dialog.set(parts, code);
  }

  close() {
    this.embedding?.stop();
  }
}

export default mounting("link", Link);
