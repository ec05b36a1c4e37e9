// The dialog that makes a link: what it hides, how large type is, whether the menu is left out.

import { button, copyText, make } from "../stage/dom.js";

const QUIET = 4; // modules of margin around a QR code, which scanners need
const FRAME_HEIGHT = 720;

/** The dialog; `ask(link)` asks for the QR code of a link, which `set` brings. */
export class LinkDialog {
  constructor(ask) {
    this.ask = ask;
    this.parts = make("fieldset", {}, make("legend", {}, "Hide"));
    this.boxes = [];
    this.large = check("Large type, for a projector", () => this.draw());
    this.bare = check("Without the menu, as in the frame below", () => this.draw());
    this.link = field("Link");
    this.frame = field("Frame for a course page or slides, as HTML");
    this.code = make("div", { class: "code" });
    this.note = make("p", { class: "note" });
    const view = make("fieldset", {}, make("legend", {}, "View"), this.large.label, this.bare.label);
    this.root = make(
      "dialog",
      { class: "buttons", "aria-label": "Link to this page", onclick: (event) => this.leave(event) },
      make("header", {}, make("h2", {}, "Link to this page"), button("Close", () => this.root.close())),
      make("p", {}, "It restores what the page shows now."),
      make(
        "div",
        { class: "columns" },
        make("div", {}, this.parts, view),
        make("div", {}, this.code, this.note),
      ),
      this.link.root,
      this.frame.root,
      make("p", {}, "Several links, one after the other: ", make("a", { href: "present" }, "present a list"), "."),
    );
  }

  /** Takes the parts that the page can hide, and the QR code of the link that was asked for last. */
  set(parts, code) {
    const names = parts.map(({ name }) => name).join();
    if (names !== this.names) {
      this.names = names;
      this.boxes = parts.map(({ name, title }) => ({ name, ...check(title, () => this.draw()) }));
      this.parts.replaceChildren(this.parts.firstChild, ...this.boxes.map(({ label }) => label));
    }
    this.parts.hidden = !parts.length;
    if (code && code.link === this.asked) this.show(code.rows);
  }

  open() {
    const here = new URLSearchParams(location.search);
    const hidden = (here.get("hide") ?? "").split(",");
    for (const { name, box } of this.boxes) box.checked = hidden.includes(name);
    this.large.box.checked = here.get("size") === "large";
    this.bare.box.checked = false;
    this.root.showModal();
    this.draw();
  }

  /** A press beside the dialog closes it. */
  leave({ target, clientX, clientY }) {
    const { left, right, top, bottom } = this.root.getBoundingClientRect();
    const inside = left <= clientX && clientX <= right && top <= clientY && clientY <= bottom;
    if (target === this.root && !inside) this.root.close();
  }

  draw() {
    this.link.set(this.address(this.bare.box.checked));
    const source = this.address(true).replaceAll("&", "&amp;");
    const shape = `width="100%" height="${FRAME_HEIGHT}" style="border: 0" allow="fullscreen; clipboard-write"`;
    this.frame.set(`<iframe src="${source}" title="stnviz" ${shape}></iframe>`);
    this.asked = this.link.box.value;
    this.code.dataset.waits = "true";
    this.ask(this.asked);
  }

  /** The link to the page as it is, viewed as the boxes say. */
  address(bare) {
    const url = new URL(location.href);
    for (const name of ["hide", "size", "embed", "embed_options"]) url.searchParams.delete(name);
    const hidden = this.boxes.filter(({ box }) => box.checked).map(({ name }) => name);
    if (hidden.length) url.searchParams.set("hide", hidden.join());
    if (this.large.box.checked) url.searchParams.set("size", "large");
    if (bare) url.searchParams.set("embed", "true");
    url.hash = "";
    return url.href.replaceAll("%2C", ",").replaceAll("%2F", "/");
  }

  show(rows) {
    delete this.code.dataset.waits;
    this.note.textContent = rows.length
      ? "Scan it with a phone. It works where the phone reaches this server."
      : "The link is too long for a QR code: a drawing in it takes much room. Copy it instead.";
    const side = rows.length + 2 * QUIET;
    const dark = rows.flatMap((row, y) => [...row].map((bit, x) => (bit === "1" ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : "")));
    const picture = make(
      "svg",
      { viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": "QR code of the link", "shape-rendering": "crispEdges" },
      make("rect", { width: side, height: side, fill: "#fff" }), // scanners want it on white in either theme
      make("path", { d: dark.join(""), fill: "#000" }),
    );
    this.code.replaceChildren(...(rows.length ? [picture] : []));
  }
}

function check(title, onchange) {
  const box = make("input", { type: "checkbox", onchange });
  return { box, label: make("label", {}, box, title) };
}

/** A text to copy, with a button that does it. */
function field(title) {
  const box = make("input", { type: "text", readonly: true, "aria-label": title, onfocus: () => box.select() });
  const copy = button("Copy", async () => {
    if (!(await copyText(box.value))) return box.focus(); // selected, so that the keyboard can copy it
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy"), 2000);
  });
  const root = make("div", { class: "field" }, make("span", {}, title), box, copy);
  return { root, box, set: (text) => (box.value = text) };
}
