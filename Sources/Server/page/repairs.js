// What was tried to bring a page closer to its design: while it happens, from the events of a job, and afterwards as a list,
// which is loaded when somebody wants to see it.
import { explain, load } from "./api.js";
import { announce, choice, h, plural, seconds } from "./dom.js";
import { change, score, stairs } from "./score.js";

const repairs = {
  look: "Look of the page", page: "Page", colours: "Colours", sizes: "Text sizes", spacing: "Spacing", images: "Pictures",
};
const outcomes = { kept: "Kept", refused: "Refused", failed: "Failed" };
const nameOf = (repair) => repairs[repair] ?? repair;

/** Drafts and repairs as they come. */
export class LiveScore {
  #drafts = [];
  #steps = [];
  #isOther = false;
  element = h("div", { class: "live-score", hidden: true });

  clear() {
    this.#drafts = [];
    this.#steps = [];
    this.#isOther = false;
    this.element.hidden = true;
  }

  draft({ attempt, total = null, failure = null }) {
    this.#drafts[attempt - 1] = { total, failure };
    announce(total === null ? "The draft could not be measured" : `Draft ${attempt} scores ${score(total)}`);
    this.#draw();
  }

  /** A repair that goes on from another total than the last one left belongs to another draft. */
  step({ repair, change: words, before, after = null, outcome }) {
    if (this.#steps.length && Math.abs(before - this.#now) > 1e-3) {
      this.#isOther = true;
      this.#steps = [];
    }
    this.#steps.push({ repair, words, before, after, outcome });
    this.#draw();
  }

  get #now() {
    const last = this.#steps.at(-1);
    if (last) return last.outcome === "kept" ? last.after : last.before;
    return Math.max(...this.#drafts.map((each) => each?.total ?? -1));
  }

  #draw() {
    const now = this.#now, last = this.#steps.at(-1), kept = this.#steps.filter(({ outcome }) => outcome === "kept").length;
    const told = ({ total, failure }, index) => h("li", { title: failure },
      this.#drafts.length > 1 ? `Draft ${index + 1} ` : "Draft ", h("b", null, total === null ? "not measured" : score(total)));
    this.element.hidden = false;
    this.element.replaceChildren(h("ul", { class: "drafts" }, this.#drafts.map(told)));
    if (!last) return;
    this.element.append(
      h("p", { class: "total" }, h("span", { class: "unseen" }, "Now "), score(now), " ",
        h("small", null, change(now - this.#steps[0].before))),
      ...[stairs(this.#steps, 260, 48)].filter(Boolean),
      h("p", { class: "quiet" }, `${kept} kept of ${plural(this.#steps.length, "change")} tried`
        + (this.#isOther ? "; another draft is repaired too, in case it comes further" : "")),
      h("p", { class: "latest" }, h("b", null, nameOf(last.repair)), " ", brief(last.words), " ", outcomeOf(last.outcome)));
  }
}

const brief = (words) => words.length > 120 ? words.slice(0, 118) + "…" : words;
const outcomeOf = (outcome) => h("span", { class: "outcome " + outcome }, outcomes[outcome] ?? outcome);

/** The repairs of a finished page, folded; the whole receipt is fetched when they are opened. */
export function repairsOf({ json_url: url, repairs_tried: tried, repairs_kept: kept }) {
  const place = h("div", { class: "tried" });
  let isThere = false;
  const open = async () => {
    if (!details.open || isThere) return;
    isThere = true;
    place.replaceChildren(h("p", { class: "quiet" }, "Loading…"));
    try {
      const { steps, attempts } = await load(url);
      place.replaceChildren(...[stepsOf(steps), attempts.length > 1 && draftsOf(attempts)].flat().filter(Boolean));
    } catch (problem) {
      isThere = false;
      place.replaceChildren(h("p", { class: "error", role: "alert" }, explain(problem)));
    }
  };
  const details = h("details", { class: "card repairs", toggle: open },
    h("summary", null, h("h2", null, "Repairs"), h("span", { class: "quiet" }, `${kept} kept of ${tried} tried`)), place);
  return details;
}

function stepsOf(steps) {
  const counts = Object.keys(outcomes).map((each) => [each, steps.filter(({ outcome }) => outcome === each).length]);
  const list = h("ol", { class: "steps" }, steps.map(row));
  const show = (kind) => { for (const each of list.children) each.hidden = kind !== "all" && each.dataset.outcome !== kind; };
  const some = counts.filter(([, count]) => count).map(([each, count]) => [each, `${outcomes[each]} ${count}`]);
  const options = [...some, ["all", `All ${steps.length}`]], start = options[0][0];
  show(start);
  return [
    h("p", { class: "quiet" }, "Each change was made, shown and scored; it stayed only if the total rose and no part fell."),
    stairs(steps.map(({ before, after, outcome }) => ({ before: before.total, after: after?.total ?? null, outcome })), 720,
      110),
    options.length > 2 && choice("Show", options, start, show), list];
}

// What is done at once to many places is folded after the first few.
function shortened(words) {
  const parts = words.split("; "), first = 3;
  if (parts.length <= first + 1) return words;
  return [parts.slice(0, first).join("; "), h("details", null,
    h("summary", null, ` and ${parts.length - first} more`), "; " + parts.slice(first).join("; "))];
}

function row({ repair, change: words, before, after, outcome, reason, seconds: spent }) {
  return h("li", { "data-outcome": outcome },
    h("span", { class: "what" }, h("b", null, nameOf(repair)), " ", shortened(words), reason && h("small", null, reason)),
    outcomeOf(outcome),
    h("span", { class: "totals" }, before.total.toFixed(4), h("span", { "aria-hidden": "true" }, " → "),
      h("span", { class: "unseen" }, " became "), after ? after.total.toFixed(4) : "not shown"),
    h("span", { class: "delta" }, after && change(after.total - before.total, 4)),
    h("span", { class: "time" }, seconds(spent)));
}

function draftsOf(attempts) {
  const words = ({ temperature, seed, is_measured: isMeasured }) => (isMeasured ? "measured, read line by line, " : "")
    + (temperature > 0 ? `temperature ${temperature}, seed ${seed}` : "the most likely one");
  return [h("h3", null, "Drafts"), h("ol", { class: "steps drafts-made" }, attempts.map((attempt) => h("li", null,
    h("span", { class: "what" }, words(attempt), attempt.failure && h("small", null, attempt.failure)),
    attempt.is_chosen && h("span", { class: "outcome kept" }, "Chosen"),
    h("span", { class: "totals" }, attempt.total === null ? "not measured" : score(attempt.total)),
    h("span", { class: "time" }, seconds(attempt.seconds)))))];
}
