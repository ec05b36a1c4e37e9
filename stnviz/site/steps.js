// Steps without a server: the graphs answer, and draw the images that are edited.

import mountSteps from "../ui/steps/steps.js";
import { messageAt, offerOf, SitePage, startSite } from "./shell.js";
import { siteFile } from "./start.js";

const SITE_VERSION = "__VERSION__"; // of the site's files
const LAST_STEP = 99; // beyond the last one of every network
const MOVED = ["picture", "tick", "handles", "distractors"];

class StepsSite extends SitePage {
  constructor(main, site) {
    super(main, site, "steps", mountSteps);
  }

  async show(query) {
    const { kind, network } = this.chosen(query);
    this.offer(kind, network, MOVED);
    const state = this.state(query);
    const { graph, trace, data } = this.site.networks[network];
    const { revision } = this;
    const answer = await messageAt(trace);
    if (revision !== this.revision) return;
    this.data = {
      revision: `${network} ${revision}`, answer, network, live: null, state: { ...state, asked: revision },
      other: state.picture !== 0 || state.handles !== null || state.distractors !== null,
      answers: offerOf(SITE_VERSION), graph: siteFile(graph), pictures: `${siteFile(`pictures/${data}`)}/{}.bin?v=${SITE_VERSION}`,
    };
    this.mount();
  }

  /** What the component opens with, as the app reads it from an address. */
  state(query) {
    const handles = placesOf(query.get("handles") ?? "");
    if (query.get("handles") && !handles) this.troubles.push("The link's handles must be places such as 0.1,-0.5;0.3,0.");
    return {
      picture: this.number(query, "picture", 0, this.site.offered - 1, 0),
      tick: this.number(query, "tick", 1, LAST_STEP, LAST_STEP),
      own: this.number(query, "own", 0, 1, 0) === 1,
      slow: this.number(query, "slow", 0, 1, 0) === 1,
      sharp: false,
      handles,
      distractors: this.number(query, "distractors", 0, this.site.distractors, null),
    };
  }

  /** The state has changed under the hand: the address follows. */
  follow({ picture, tick, own, slow, handles, distractors }) {
    this.write({
      picture, tick, own: Number(own), slow: slow ? 1 : null, sharp: 0,
      handles: handles ? handles.map((point) => point.map((u) => Number(u.toFixed(3))).join(",")).join(";") : "",
      distractors: distractors ?? "",
    });
  }
}

/** Text such as "0.12,-0.5;0.3,0" as points; null if there is none or it is damaged. */
function placesOf(text) {
  const points = text.split(";").filter(Boolean).map((point) => point.split(",").map((u) => (u.trim() ? Number(u) : NaN)));
  const fine = points.every((point) => point.length === 2 && point.every((u) => Math.abs(u) <= 4));
  return points.length && fine && points.length <= 8 ? points : null;
}

startSite("steps", SITE_VERSION, StepsSite);
