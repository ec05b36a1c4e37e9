// The two charts beside a replay: what they measure, and how it is said at a snapshot.

import { LANES } from "../attention/lanes.js";
import { figure } from "../stage/reading.js";

/** Measures of an axis: the highest value if it is logarithmic, and how to format its ticks. */
const ERROR = { top: 1, read: (error) => `${Number((100 * error).toPrecision(1))} %` };
const LOSS = { top: 5, read: (loss) => String(Number(loss.toPrecision(2))).replace("-", "\u2212") };
const DISTANCE = { top: 0.1, read: (distance) => String(Number(distance.toPrecision(1))) };

/**
 * The charts of a replay's header: { name, measure, series, key, say(snapshot) }. A run tells its
 * error and its loss; of a watched training only the windows are known.
 */
export function chartsOf(head) {
  if (!head.moved) return [errorChart(head), lossChart(head)];
  const said = (spread) => `differ by ${spread} half pictures`;
  return [
    distanceChart("Movement of the windows over the training", head.moved, MOVED, (far) => `windows moved by ${far}`),
    distanceChart("Difference of the windows between pictures", head.spread, SPREAD, said),
  ];
}

function errorChart({ key, missed, sought, validation, error }) {
  const series = [{ values: validation, colour: "--network", width: 2 }];
  if (error.some(Number.isFinite)) {
    series.push({ values: error, colour: "--faint", width: 1, dash: [3, 3] });
  }
  const what = missed ?? (sought ? "not found in" : "validation error");
  return {
    name: "Error over the training",
    measure: ERROR,
    series,
    key: key ?? (sought ? FOUND : KEY),
    // JSON has neither NaN nor infinity: they come as null.
    say(snapshot) {
      const wrong = validation[snapshot];
      return `${what} ${Number.isFinite(wrong) ? `${(100 * wrong).toFixed(2)} %` : "not finite"}`;
    },
  };
}

function lossChart({ steps, loss }) {
  return {
    name: "Training loss",
    measure: LOSS,
    series: [{ values: loss, colour: "--network", width: 2 }],
    key: PRICE,
    say(snapshot) {
      if (Number.isFinite(loss[snapshot])) return `loss ${figure(loss[snapshot], 3).trim()}`;
      return steps[snapshot] ? "loss not finite" : ""; // before the first step there is none
    },
  };
}

const MOVED = "How far the windows have moved from where they began, in half pictures.";
const SPREAD =
  "How much they differ from picture to picture: a transformer that does the same to all of them is at the bottom.";

function distanceChart(name, rows, key, say) {
  return {
    name,
    measure: DISTANCE,
    series: lanesOf(rows),
    key,
    say: (snapshot) => say(distances(rows, snapshot)),
  };
}

/** One curve for each window, in its colour and dash. */
function lanesOf(rows) {
  return rows.map((values, k) => ({ values, colour: `--lane-${k}`, width: 2, dash: LANES[k].dash }));
}

function distances(rows, snapshot) {
  const said = rows.map(({ [snapshot]: value }) => (Number.isFinite(value) ? value.toFixed(3) : "no finite number"));
  return rows.length > 1 ? said.map((text, k) => `${LANES[k].letter} ${text}`).join(", ") : said[0];
}

const KEY =
  "Error on validation images (blue) and on training images (dashed).";
const FOUND = "Share of the hundred pictures in which the digit is not found (blue).";
const PRICE = "Loss on the training pictures: what the training makes small.";
