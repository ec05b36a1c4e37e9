// Controls to choose the image: thumbnails, shuffle, draw; another sample, handles, link, reset.

import { button, copyText, make } from "./dom.js";
import { createPad } from "./pad.js";

const GROUP_NAMES = { pose: "turn and move", corner: "corners", spline: "spline points" };

/** Thumbnails and the buttons beside them; `host` is the stage. */
export class Choices {
  constructor(host) {
    this.host = host;
    this.thumbs = make("div", { class: "thumbs", role: "group", "aria-label": "Choose a digit" });
    this.padPlace = make("div", {});
    this.root = make(
      "div",
      { class: "choices", "data-part": "pictures" },
      this.thumbs,
      make(
        "div",
        { class: "line" },
        button("Shuffle", () => host.shuffle(), { title: "Ten other digits" }),
        button("Draw", () => this.togglePad(), { title: "Draw a digit yourself" }),
      ),
      this.padPlace,
    );
  }

  /** Shows the ten digits of `thumbs` ({ indices, sprite }). */
  rebuild({ indices, sprite }) {
    this.thumbs.replaceChildren(
      ...indices.map((index, k) => {
        const face = make("button", {
          type: "button",
          class: "thumb",
          "aria-label": `Digit ${k}, number ${index} of the gallery`,
          onclick: () => this.host.choose({ digit: index, ink: null }),
        });
        face.style.backgroundImage = `url(${sprite})`;
        face.style.backgroundPosition = `${(k / (indices.length - 1)) * 100}% 0`;
        face.index = index;
        return face;
      }),
    );
    this.update();
  }

  update() {
    const { digit, ink } = this.host.state;
    for (const face of this.thumbs.children) {
      face.setAttribute("aria-pressed", String(!ink && face.index === digit));
    }
  }

  togglePad() {
    if (this.padPlace.firstChild) {
      this.padPlace.replaceChildren();
      return;
    }
    const pad = createPad({
      onink: (ink, done) => this.host.choose({ ink }, done),
      onclose: () => this.padPlace.replaceChildren(),
    });
    this.padPlace.append(pad);
    pad.querySelector("canvas").focus({ preventScroll: true });
  }
}

/** Buttons below the sliders: another sample, which handles, copy link, reset. */
export class Actions {
  constructor(host) {
    this.host = host;
    this.groups = make("div", { class: "line groups", role: "group", "aria-label": "Handles" });
    this.sample = button("Another sample", () => host.another(), {
      title: "Draw all values as training does",
    });
    this.copied = make("span", { class: "caption", role: "status" });
    this.root = make(
      "div",
      { class: "actions", "data-part": "buttons" },
      make(
        "div",
        { class: "line" },
        this.sample,
        button("Reset", () => host.reset(), { title: "Back to where the sliders began" }),
        button("Copy link", () => this.copy(), { title: "A link that restores exactly this" }),
        this.copied,
      ),
      this.groups,
    );
  }

  /** `varies`: whether training draws any of the values, so that there are other samples. */
  rebuild(groups, varies) {
    this.sample.hidden = !varies;
    this.holds = groups.map((group) => {
      const hold = button(GROUP_NAMES[group], () => this.host.hold(group));
      hold.group = group;
      return hold;
    });
    const several = groups.length > 1;
    const caption = make("span", { class: "caption" }, "Handles");
    this.groups.replaceChildren(...(several ? [caption, ...this.holds] : []));
    this.update();
  }

  update() {
    for (const hold of this.holds) {
      hold.setAttribute("aria-pressed", String(hold.group === this.host.group));
    }
  }

  async copy() {
    const link = this.host.link();
    this.host.root.dataset.link = link;
    const done = await copyText(link);
    this.copied.textContent = done ? "Link copied." : "Copy it from the address bar.";
    if (!done) this.host.release();
    setTimeout(() => (this.copied.textContent = ""), 3000);
  }
}
