// The replay: a training run played back on its probe images.
//
// Everything is sent once; scrubbing sends no request. The state is { snapshot, picture, slow }.

import { mounting } from "../mounting.js";
import { hides, make } from "../stage/dom.js";
import { decodeStored, part } from "../stage/protocol.js";
import { figure } from "../stage/reading.js";
import { adoptTheme } from "../stage/theme.js";
import { Transport } from "../transport.js";
import { chartsOf } from "./charts.js";
import { Curve } from "./curve.js";
import { Tile } from "./tile.js";

const SECONDS = 8; // for the whole run

class Replay {
  constructor(root) {
    this.root = root;
    const go = (snapshot, settled) => this.transport.go(snapshot, settled);
    this.curves = [new Curve(go), new Curve(go)];
    this.transport = new Transport({
      thing: "snapshot",
      say: (snapshot) => `step ${this.head.steps[snapshot]} of ${this.head.total}`,
      at: (snapshot) => this.come(snapshot),
      settle: () => this.tell(),
      slowed: (slow) => this.brake(slow),
    });
    this.transport.listen(root);
    this.now = make("p", { class: "now", "data-testid": "snapshot" });
    this.words = make("p", { class: "words", "data-testid": "pose", "data-part": "answer" });
    this.keys = this.curves.map(() => make("p", { class: "key", "data-part": "charts" }));
    this.largePlace = make("div", { class: "large-place" });
    this.wall = make("div", { class: "wall", "data-part": "pictures" });
    root.append(
      make("div", { class: "one" }, this.largePlace, this.words),
      make("div", { class: "all" }, this.now, this.transport.root, ...this.curves.flatMap((curve, k) => [curve.root, this.keys[k]])),
      this.wall,
    );
    new ResizeObserver(() => this.draw()).observe(root);
  }

  /** Takes the page's data: another run, or the same with newer snapshots. */
  receive(data, report) {
    this.report = report;
    adoptTheme(this.root);
    const other = data.run !== this.run;
    const led = other || data.asked !== this.asked;
    const atEnd = !this.head || this.state.snapshot === this.head.steps.length - 1;
    Object.assign(this, { run: data.run, asked: data.asked });
    if (data.revision !== this.revision) this.load(data);
    if (other) this.build();
    const last = this.head.steps.length - 1;
    if (led) {
      this.transport.stop();
      this.state = { ...data.state, snapshot: data.state.snapshot ?? last };
    } else if (atEnd || !data.scrub) this.state.snapshot = last;
    this.state.snapshot = Math.min(this.state.snapshot, last);
    const place = this.transport.playing ? this.transport.place : this.state.snapshot;
    this.transport.set({ last, rate: last / SECONDS, place, slow: this.state.slow });
    this.transport.root.hidden ||= !data.scrub;
    this.draw();
  }

  load(data) {
    this.revision = data.revision;
    ({ head: this.head, arrays: this.arrays } = decodeStored(data.answer)[0]);
    this.pictures = [];
    this.root.dataset.scrub = String(data.scrub);
    this.charts = chartsOf(this.head);
    this.charts.forEach((chart, k) => {
      this.curves[k].set({ ...this.head, ...chart });
      this.keys[k].textContent = chart.key;
    });
  }

  build() {
    const { labels } = this.head;
    this.tiles = labels.map((_, k) => new Tile(() => this.pick(k)));
    this.large = new Tile();
    this.largePlace.replaceChildren(this.large.root);
    this.wall.replaceChildren(...this.tiles.map((tile) => tile.root));
    this.root.dataset.reads = String("outputs" in this.arrays);
  }

  pick(picture) {
    this.state.picture = picture;
    this.draw();
    this.tell();
  }

  brake(slow) {
    this.state.slow = slow;
    this.tell();
  }

  come(snapshot) {
    if (snapshot === this.state.snapshot) return;
    this.state.snapshot = snapshot;
    this.draw();
  }

  draw() {
    if (!this.head) return;
    const { snapshot, picture } = this.state;
    const { steps, total } = this.head;
    const said = this.charts.map((chart) => chart.say(snapshot));
    this.now.replaceChildren(
      make("b", {}, `Step ${steps[snapshot].toLocaleString("en")}`),
      ` of ${total.toLocaleString("en")}: ${said.filter(Boolean).join(", ")}`,
    );
    const at = `at step ${steps[snapshot]}`;
    this.curves.forEach((curve, k) => {
      curve.draw(snapshot);
      curve.canvas.setAttribute("aria-label", `${this.charts[k].name}; ${at} ${said[k] || "none yet"}`);
    });
    this.tiles.forEach((tile, k) => {
      tile.show(this.seen(snapshot, k));
      tile.root.setAttribute("aria-pressed", String(k === picture));
    });
    this.large.show(this.seen(snapshot, picture));
    this.words.textContent = this.describe(snapshot, picture);
    this.root.dataset.ready = "true";
  }

  /** What a tile shows of image k at a snapshot: windows, output and prediction. */
  seen(snapshot, k) {
    const { images, lattices, outputs } = this.arrays;
    const { lattice: n, said, right } = this.head;
    const looks = lattices && part(lattices, this.framed(snapshot));
    const lanes = Array.from({ length: looks?.shape[0] ?? 0 }, (_, lane) => lane);
    return {
      picture: (this.pictures[k] ??= part(images, k)),
      windows: lanes.map((lane) => at(looks, lane, k).data),
      n,
      output: outputs && at(outputs, this.framed(snapshot), k),
      said: said[snapshot][k],
      right: right[snapshot][k],
      words: hides(this.root, "answer") ? `Image ${k + 1}` : this.say(snapshot, k),
    };
  }

  say(snapshot, k) {
    const { labels, said, shares, sought, words } = this.head;
    if (words) return words[snapshot][k];
    if (!Number.isFinite(shares[snapshot][k])) return "Its answer is not finite: the training has diverged.";
    const share = Math.round(shares[snapshot][k] * 100);
    if (!sought) {
      const these = /^\d( \d)+$/.test(labels[k]) ? `These ${labels[k]} are` : `This ${labels[k]} is`;
      return `${these} read as ${said[snapshot][k]}, ${share} % sure.`;
    }
    return `Window and digit share ${share} % of what they cover together; more than half counts as found.`;
  }

  /** The snapshot's index in the arrays: an active run sends the newest one's windows only. */
  framed(snapshot) {
    const { lattices, outputs } = this.arrays;
    return Math.min(snapshot, (lattices ?? outputs).shape[0] - 1);
  }

  describe(snapshot, k) {
    const { poses } = this.head;
    const said = this.say(snapshot, k);
    if (!poses?.length) return said;
    const pose = poses[this.framed(snapshot)][k];
    if (!pose) return `${said} Its window is nowhere: theta is no longer a number.`;
    const turn = figure((pose.angle * 180) / Math.PI, 0, true).trim();
    const size = `${Math.round(pose.scale_x * 100)} \u00d7 ${Math.round(pose.scale_y * 100)} %`;
    const shift = `${figure(pose.shift_x, 2, true).trim()}, ${figure(pose.shift_y, 2, true).trim()}`;
    return `${said} Its window: turn ${turn}\u00b0, size ${size}, shift ${shift}.`;
  }

  tell() {
    this.report.state("state", { ...this.state, asked: this.asked });
  }

  close() {
    this.transport.stop();
  }
}

/** Item k of part i, of an array of shape (N, B, ...). */
const at = (array, i, k) => part(part(array, i), k);

export default mounting("replay", Replay);
