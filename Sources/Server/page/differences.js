// What differs between the design and the page, as a list: the gravest first, each in plain words. One that is pointed at,
// by mouse or by keyboard, shows its boxes in the pictures; a click holds them and scrolls there.
import { button, h, plural } from "./dom.js";

const first = 20;
const pixels = (value) => `${Number(value.toFixed(1))} px`;
const lost = (text) => h("del", null, text), added = (text) => h("ins", null, text);

function swatch(colour) {
  const chip = h("i");
  chip.style.background = colour;
  return h("span", { class: "swatch" }, chip, h("code", null, colour));
}
const became = (expected, found) =>
  [expected, h("span", { "aria-hidden": "true" }, " → "), h("span", { class: "unseen" }, " became "), found];

function way({ dx, dy }) {
  const moves = [Math.abs(dx) >= 0.05 && `${pixels(Math.abs(dx))} to the ${dx < 0 ? "left" : "right"}`,
    Math.abs(dy) >= 0.05 && `${pixels(Math.abs(dy))} ${dy < 0 ? "up" : "down"}`].filter(Boolean);
  return moves.join(", ") || "by less than a tenth of a pixel";
}

// What each kind is called, and what is said about one of it.
const kinds = {
  missing_text: ["Missing text", ({ text }) => text ? lost(text) : "A line of text that the page lacks"],
  extra_text: ["Extra text", ({ text }) => text ? added(text) : "A line of text that the design lacks"],
  wrong_text: ["Other words", ({ expected, found }) => became(lost(expected), added(found))],
  moved: ["Moved", way],
  wrong_size: ["Text size", ({ expected, found }) => became(pixels(expected), pixels(found))],
  wrong_colour: ["Text colour", ({ expected, found }) => became(swatch(expected), swatch(found))],
  wrong_area: ["Area", ({ expected, found }) => became(swatch(expected), swatch(found))],
  overflow: ["Too wide", ({ pixels: over }) => `The page is ${pixels(over)} wider than its window`],
  blank: ["Blank", () => "The page shows one colour and nothing else"],
  placeholder: ["Placeholder", ({ text }) => [added(text), " stands for something still to be written"]],
};

export class Differences {
  #rows = [];
  #list = h("ol", { class: "differences", keydown: (event) => this.#step(event) });

  constructor(differences, marks) {
    this.marks = marks;
    this.#rows = differences.map((difference, number) => this.#row(difference, number));
    const title = h("h2", { id: "differences" }, differences.length ? plural(differences.length, "difference") : "Differences");
    const boxes = button("Show boxes", () => {
      const isOn = boxes.getAttribute("aria-pressed") !== "true";
      boxes.setAttribute("aria-pressed", isOn);
      marks.showAll(isOn);
    }, { kind: "slim", "aria-pressed": false });
    const more = button(`Show all ${differences.length}`, () => {
      this.#limit(Infinity);
      more.remove();
      this.#list.children[first].querySelector("button")?.focus();
    });
    this.element = h("section", { class: "card", "aria-labelledby": "differences" },
      h("div", { class: "bar" }, title, h("span", { class: "grow" }), differences.length > 0 && boxes),
      differences.length > 0 && h("p", { class: "quiet strokes" }, "Dashed in the design, solid in the page."),
      differences.length ? this.#list : h("p", { class: "quiet" }, "None were found."),
      differences.length > first && more);
    this.#list.append(...this.#rows);
    this.#limit(first);
    marks.changed = () => {
      for (const each of this.#buttons) each.setAttribute("aria-pressed", Number(each.dataset.number) === marks.held);
    };
    marks.clicked = (number) => {
      this.#hold(number);
      const row = this.#rows[number], list = this.#list;
      const above = row.getBoundingClientRect().top - list.getBoundingClientRect().top;
      if (list.scrollHeight > list.clientHeight) list.scrollTop += above - 40;
      row.querySelector("button").focus({ preventScroll: innerWidth > 992 });
    };
  }
  get #buttons() { return [...this.#list.querySelectorAll("button")]; }

  #limit(count) {
    this.#rows.forEach((row, number) => { row.hidden = number >= count; });
    this.marks.limit(count);
  }
  #hold(number) { this.marks.hold(this.marks.held === number ? null : number); }

  #row(difference, number) {
    const { kind, severity, selector, design_box: design, result_box: result } = difference;
    const [label, say] = kinds[kind] ?? [kind.replaceAll("_", " "), () => ""];
    const words = [
      h("b", { class: "number" }, number + 1), h("span", { class: "kind" }, label),
      h("span", { class: "cost", title: "What it costs of the total" }, h("span", { class: "unseen" }, "costs "),
        "−" + severity.toFixed(3)),
      h("span", { class: "words" }, say(difference)), selector && h("code", null, selector)];
    if (!design && !result) return h("li", null, h("div", { class: "difference" }, words));
    const { marks } = this;
    const away = () => marks.point(null);
    const row = h("button", { type: "button", class: "difference", "data-number": number, "aria-pressed": false,
      click: () => {
        this.#hold(number);
        if (marks.held !== null) marks.bring();
      },
      pointerenter: (event) => { if (event.pointerType === "mouse") marks.point(number); },
      focus: () => { if (row.matches(":focus-visible")) marks.point(number); },
      pointerleave: away, blur: away }, words);
    return h("li", null, row);
  }

  /** The arrows walk the list, Escape lets go. */
  #step(event) {
    if (event.key === "Escape") { this.marks.point(null); this.marks.hold(null); }
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key], shown = this.#buttons.filter((each) => !each.closest("li").hidden);
    const next = move && shown[shown.indexOf(document.activeElement) + move];
    if (!next) return;
    next.focus();
    event.preventDefault();
  }
}
