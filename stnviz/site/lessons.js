// The lessons without a server: each is a file of the site.

import mountLessons from "../ui/lessons/lessons.js";
import { make } from "../ui/stage/dom.js";
import { SitePage, startSite } from "./shell.js";
import { valuesAt } from "./start.js";

const SITE_VERSION = "__VERSION__"; // of the site's files

class LessonsSite extends SitePage {
  constructor(main, site) {
    super(main, site, "lessons", mountLessons);
    main.append(make("p", { class: "lead" }, "The answers to the questions are in this site's files, where anybody can read them."));
  }

  async show(query) {
    const { names } = this.site;
    const spoken = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((one) => one in names);
    const offered = Object.keys(names).map((name) => ({ name }));
    const language = this.one(offered, query.get("lang"), "language")?.name ?? spoken ?? offered[0].name;
    const known = names[language].map((name) => ({ name }));
    const lesson = this.one(known, query.get("lesson"), "lesson")?.name ?? known[0].name;
    const { revision } = this;
    const data = await valuesAt(`lessons/${language}/${lesson}.json?v=${SITE_VERSION}`);
    if (revision !== this.revision) return;
    this.opening.textContent = this.site.openings[language];
    this.data = data;
    this.mount();
  }

  /** Another lesson or language has been chosen. */
  follow({ lesson, lang }) {
    this.go({ lesson, lang });
  }
}

startSite("lessons", SITE_VERSION, LessonsSite);
