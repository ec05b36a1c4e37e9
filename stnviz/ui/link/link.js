// The Link and Export buttons in the top bar; on an embedded page, what its frame needs.

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

  offer({ parts, code, exports }) {
    if (!this.dialog) {
      this.export = button("Export", () => this.report.trigger("export", location.search || "?"), {
        title: "What this page shows as a picture, an animation, a table or code",
      });
      this.root.append(this.export);
      this.dialog = new LinkDialog((link) => this.report.state("state", link));
      const title = "A link to what this page shows now, for slides, course pages and phones";
      this.root.append(button("Link", () => this.dialog.open(), { title }), this.dialog.root);
    }
    this.export.hidden = !exports;
    this.dialog.set(parts, code);
  }

  close() {
    this.embedding?.stop();
  }
}

export default mounting("link", Link);
