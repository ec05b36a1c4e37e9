// The course: its list, one lesson with its text and figure, and the questions.

import { mounting } from "../mounting.js";
import { button, make } from "../stage/dom.js";
import { adoptTheme } from "../stage/theme.js";
import { answersOf, countAnswered, forgetAnswers, keepAnswer } from "./answers.js";
import { Question } from "./question.js";
import { ShownPicture } from "./shown_picture.js";
import { filled, textNodes } from "./text.js";

class Lessons {
  constructor(root) {
    this.root = root;
    this.list = make("ol", { class: "course" });
    this.languages = make("div", { class: "buttons transport languages" });
    this.article = make("article", { tabindex: -1 });
    this.foot = make("p", { class: "foot" });
    this.side = make("nav", { "data-part": "choices" }, this.languages, this.list, this.foot);
    root.append(this.side, this.article);
  }

  receive(data, report) {
    adoptTheme(this.root);
    this.report = report;
    if (data.revision === this.data?.revision) return;
    const other = this.data && this.data.lesson.name !== data.lesson.name;
    this.data = data;
    this.draw();
    if (other && this.chosen) this.article.focus({ preventScroll: true });
    this.chosen = false;
    this.root.dataset.ready = "true";
  }

  draw() {
    const { words, languages, language } = this.data;
    this.root.lang = language;
    this.side.setAttribute("aria-label", words.lessons);
    this.languages.replaceChildren(
      ...Object.entries(languages).map(([code, name]) =>
        button(name, () => this.go({ lang: code }), { lang: code, "aria-pressed": String(code === language) }),
      ),
    );
    this.foot.replaceChildren(words.kept, " ", button(words.forget, () => this.forget(), { class: "quiet" }));
    this.drawList();
    this.drawLesson();
  }

  drawList() {
    const { course, lesson, words } = this.data;
    this.list.replaceChildren(
      ...course.map(({ name, title, count }) => {
        const done = countAnswered(name, count);
        const one = button("", () => this.go({ lesson: name }), { "aria-current": name === lesson.name && "page" });
        one.append(
          make("span", { class: "title" }, title),
          make("span", { class: "unseen" }, `, ${filled(words.answered, done, count)}`),
          make("span", { class: done === count ? "share done" : "share", "aria-hidden": "true" }, `${done}/${count}`),
        );
        return make("li", {}, one);
      }),
    );
    // On a phone the list scrolls by itself: the lesson in view is in its middle.
    const current = this.list.querySelector("[aria-current]");
    if (current) this.list.scrollTop = current.offsetTop - this.list.offsetTop - this.list.clientHeight / 3;
  }

  drawLesson() {
    const { lesson, words, language, course } = this.data;
    const count = lesson.questions.length;
    const answers = answersOf(lesson.name, count);
    const questions = lesson.questions.map((question, k) => {
      const keep = (answer) => {
        keepAnswer(lesson.name, count, k, answer);
        this.drawList();
      };
      return new Question(question, k + 1, words, language, answers[k], keep).root;
    });
    const place = course.findIndex(({ name }) => name === lesson.name);
    const neighbour = (step, label) => {
      const there = course[place + step];
      return there ? button(`${label}: ${there.title}`, () => this.go({ lesson: there.name })) : null;
    };
    this.article.lang = lesson.language;
    this.article.replaceChildren(
      ...[
        make("h3", {}, `${place + 1}. ${lesson.title}`),
        make("p", { class: "goal" }, make("strong", {}, words.goal), ` ${lesson.goal} `, make("span", { class: "faint" }, `(${filled(words.minutes, lesson.minutes)})`)),
        this.needs(lesson, words),
        lesson.language === language ? null : make("p", { class: "faint" }, words.english),
        make(
          "div",
          { class: `body ${figureClass(lesson.figure)}` },
          make("div", { class: "text" }, ...textNodes(lesson.text)),
          lesson.figure ? make("figure", {}, new ShownPicture(lesson.figure).root) : null,
        ),
        this.door(lesson, words),
        make("section", { class: "questions" }, ...questions),
        this.notes(lesson, words),
        make("div", { class: "buttons transport neighbours" }, ...[neighbour(-1, words.previous), neighbour(1, words.next)].filter(Boolean)),
      ].filter(Boolean),
    );
  }

  needs(lesson, words) {
    if (!lesson.needs.length) return null;
    const links = lesson.needs.flatMap(({ name, title }, k) => [k ? ", " : " ", button(title, () => this.go({ lesson: name }), { class: "quiet" })]);
    return make("p", { class: "faint" }, words.needs, ...links);
  }

  /** The link into another page. */
  door(lesson, words) {
    if (!lesson.href) return make("p", { class: "faint" }, filled(words.no_page, lesson.page));
    const link = make("a", { class: "door", href: lesson.href, target: "_blank", rel: "noopener" }, filled(words.open, lesson.page));
    return make("p", { class: "way" }, link, make("span", { class: "faint" }, words.new_tab));
  }

  notes(lesson, words) {
    if (!lesson.notes.length) return null;
    return make("details", { class: "notes" }, make("summary", {}, words.teacher), ...textNodes(lesson.notes));
  }

  /** Another lesson or language: the page sends it. */
  go(changes) {
    this.chosen = true;
    const { lesson, language } = this.data;
    this.report.state("state", { lesson: lesson.name, lang: language, ...changes });
  }

  forget() {
    forgetAnswers();
    this.draw();
  }
}

/** A narrow figure stands beside the text, a wide one above it. */
const figureClass = (figure) => (!figure ? "" : figure.width > 1.2 * figure.height ? "wide-figure" : "with-figure");

export default mounting("lessons", Lessons);
