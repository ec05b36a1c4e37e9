// The presenter: a choice of lists of links, and the screen on which one of them is shown.
//
// A list comes with the page, or from a file, which is read here and sent nowhere.

import { mounting } from "../mounting.js";
import { button, make } from "../stage/dom.js";
import { adoptTheme } from "../stage/theme.js";
import { frameAddress, LONGEST_LIST, readList } from "./list.js";
import { Slides } from "./slides.js";

const MOST_PROBLEMS = 8;

class Present {
  constructor(root) {
    this.root = root;
    this.slides = new Slides({
      at: (k) => this.report.state("state", k + 1),
      ended: () => this.again.focus(),
    });
    this.again = button("Present", () => this.slides.show(this.links, 0));
    this.lists = make("ul");
    this.file = make("input", { type: "file", accept: ".txt,text/plain", "aria-label": "A list of links", onchange: () => this.read() });
    this.problems = make("ul", { class: "problems", role: "status" });
    root.append(
      make("p", {}, "The arrow keys, Page Up and Page Down go from link to link, F fills the screen, Esc ends. A page takes part once it is clicked; Esc gives the keys back."),
      make("h3", {}, "A list that comes with stnviz"),
      this.lists,
      make("h3", {}, "A list of your own"),
      make("p", {}, "A text file with one link on each line, as the Link button of a page makes them, or relative to this app: attention?what=birds. Lines that begin with # are comments. The file stays in this browser."),
      this.file,
      this.problems,
      make("div", { class: "buttons" }, this.again),
      this.slides.root,
    );
  }

  receive({ offered, links, at, asked, pages }, report) {
    Object.assign(this, { report, pages });
    adoptTheme(this.root);
    if (asked !== this.asked) {
      this.asked = asked;
      const open = ({ name, title }) => make("li", {}, make("a", { href: `present?list=${encodeURIComponent(name)}` }, title));
      this.lists.replaceChildren(...offered.map(open));
      if (links.length) {
        this.take(links.map(([title, link]) => ({ title, address: frameAddress(link, pages) })));
        this.slides.show(this.links, at - 1);
      } else if (!this.links) this.take([]);
    }
    this.root.dataset.ready = "true";
  }

  take(links) {
    this.links = links;
    this.again.hidden = !links.length;
    this.again.textContent = links.length === 1 ? "Present the link" : `Present the ${links.length} links`;
  }

  async read() {
    const [file] = this.file.files;
    if (!file) return;
    const text = file.size > 4 * LONGEST_LIST ? "x".repeat(LONGEST_LIST + 1) : await file.text();
    const { links, problems } = readList(text, this.pages);
    this.take(links);
    const more = problems.length - MOST_PROBLEMS;
    const said = [...problems.slice(0, MOST_PROBLEMS), ...(more > 0 ? [`And ${more} more.`] : [])];
    this.problems.replaceChildren(...said.map((sentence) => make("li", {}, sentence)));
    if (links.length && !problems.length) this.slides.show(links, 0);
  }

  close() {
    this.slides.close();
  }
}

export default mounting("present", Present);
