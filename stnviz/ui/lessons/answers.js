// What was answered: kept in this browser only, never sent to the server.

const STORE = "stnviz-lessons";

/** All answers: {lesson: [null or {right, shown}, ...]}; what cannot be read counts as none. */
function readAnswers() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? "{}");
    return kept && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
  } catch {
    return {};
  }
}

/** How the questions of a lesson were answered, one entry a question. */
export function answersOf(lesson, count) {
  const kept = readAnswers()[lesson];
  return Array.from({ length: count }, (_, k) => {
    const one = Array.isArray(kept) ? kept[k] : null;
    return { right: one?.right === true, shown: one?.shown === true };
  });
}

/** Keeps how a question was answered; a browser that keeps nothing loses it with the page. */
export function keepAnswer(lesson, count, index, answer) {
  const all = answersOf(lesson, count);
  all[index] = answer;
  try {
    localStorage.setItem(STORE, JSON.stringify({ ...readAnswers(), [lesson]: all }));
  } catch {
    // Private windows may refuse.
  }
}

/** Forgets all answers. */
export function forgetAnswers() {
  try {
    localStorage.removeItem(STORE);
  } catch {
    // As above.
  }
}

/** How many questions of a lesson have been answered or had their answer shown. */
export const countAnswered = (lesson, count) =>
  answersOf(lesson, count).filter(({ right, shown }) => right || shown).length;
