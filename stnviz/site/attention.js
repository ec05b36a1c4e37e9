// Attention without a server: what each network sees in an image was computed when the site was written.

import mountAttention from "../ui/attention/attention.js";
import { decodeStored } from "../ui/stage/protocol.js";
import { make } from "../ui/stage/dom.js";
import { messageAt, SitePage, startSite } from "./shell.js";

const SITE_VERSION = "__VERSION__"; // of the site's files
const LETTERS = "ABCD";

class AttentionSite extends SitePage {
  constructor(main, site) {
    super(main, site, "attention", mountAttention);
    this.stepping = make("div", { class: "site-choices", "data-part": "pictures" });
    this.said = make("p", { class: "lead", "data-part": "facts" });
    this.choices.after(this.stepping);
    main.append(this.said);
  }

  async show(query) {
    const { kind, network } = this.chosen(query);
    this.offer(kind, network, ["picture", "stage", "muted"]);
    const { views, digest, said } = this.site.networks[network];
    const last = this.site.offered - 1;
    const usual = ["what", "model", "only"].some((name) => query.has(name)) ? 0 : this.site.shown;
    const picture = this.number(query, "picture", 0, last, usual);
    this.stepping.replaceChildren(
      this.arrow("\u2039", "The picture before", Math.max(picture - 1, 0)),
      this.arrow("\u203a", "The next picture", Math.min(picture + 1, last)),
      make("span", {}, `Picture ${picture + 1} of ${last + 1}`),
    );
    this.said.textContent = said;
    const { revision } = this;
    const answer = await messageAt(`${views}/${picture}.bin?v=${digest}`);
    if (revision !== this.revision) return;
    const { ticks } = decodeStored(answer)[0].head;
    const muted = query.get("muted") ?? "";
    this.data = {
      revision: `${network} ${picture}`, answer,
      state: {
        stage: this.number(query, "stage", 1, ticks, ticks),
        muted: [...LETTERS].filter((letter) => muted.includes(letter)),
        heat: this.number(query, "heat", 0, 1, 0) === 1,
        grid: this.number(query, "grid", 0, 1, 0) === 1,
        opacity: shareOf(query.get("opacity")),
        asked: revision,
      },
    };
    this.mount();
  }

  arrow(sign, label, picture) {
    return make("button", { type: "button", "aria-label": label, title: label, onclick: () => this.go({ picture }) }, sign);
  }

  follow({ stage, muted, heat, grid, opacity }) {
    this.write({ stage, muted: muted.join(""), heat: Number(heat), grid: Number(grid), opacity });
  }
}

/** A number from 0 to 1; 1 if there is none. */
function shareOf(text) {
  const share = text === null || !text.trim() ? NaN : Number(text);
  return Number.isFinite(share) ? Math.min(Math.max(share, 0), 1) : 1;
}

startSite("attention", SITE_VERSION, AttentionSite);
