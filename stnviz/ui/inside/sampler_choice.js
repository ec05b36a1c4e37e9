// How the sampler reads: kernel, padding and the convention of the edges, each as the network has it
// or otherwise.

import { make } from "../stage/dom.js";

const KERNELS = { nearest: "nearest: 1 pixel", bilinear: "bilinear: 4 pixels", bicubic: "bicubic: 16 pixels" };
const PADDINGS = { zeros: "zeros outside", border: "the border outside", reflection: "mirrored outside" };

export class SamplerChoice {
  constructor(host) {
    this.host = host;
    this.kernel = this.select("Kernel", KERNELS, "kernel");
    this.padding = this.select("Padding", PADDINGS, "padding");
    this.corners = make("input", { type: "checkbox", onchange: () => this.change("align_corners", this.corners.checked) });
    this.note = make("p", { class: "words" });
    this.root = make(
      "div",
      { class: "sampler" },
      make("div", { class: "line" }, this.kernel, this.padding, make("label", { title: "Whether the sampler takes -1 and 1 for the centres of the outermost pixels instead of their edges" }, this.corners, " align_corners")),
      this.note,
    );
  }

  select(label, options, name) {
    const items = Object.entries(options).map(([value, text]) => make("option", { value }, text));
    return make("select", { "aria-label": label, onchange: ({ target }) => this.change(name, target.value) }, ...items);
  }

  change(name, value) {
    const sampler = { ...this.opened.head.sampler, [name]: value };
    const own = JSON.stringify(sampler) === JSON.stringify(this.opened.head.own_sampler);
    this.host.edit({ sampler: own ? null : sampler }, true);
  }

  show(opened) {
    this.opened = opened;
    const { sampler, own_sampler: own } = opened.head;
    this.kernel.value = sampler.kernel;
    this.padding.value = sampler.padding;
    this.corners.checked = sampler.align_corners;
    const changed = JSON.stringify(sampler) !== JSON.stringify(own);
    this.note.textContent = !changed
      ? ""
      : sampler.align_corners !== own.align_corners
        ? "Grid and sampler now disagree about where \u22121 and 1 lie: what is read moves by up to half a pixel."
        : `The network was trained with ${own.kernel} and ${own.padding}.`;
  }
}
