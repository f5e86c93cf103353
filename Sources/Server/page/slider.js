// Two pictures of a screen laid over each other, mostly the design and the page: a line that uncovers one or the other, a
// fade, the difference of both, or a map of where they differ. The line moves by mouse, touch and keys, and is a slider to
// assistive technology.
import { choice, h } from "./dom.js";

/**
 * @param paper what both lie in, `above` on `below`.
 * @param names what is below and what is above, in words. @param heat the map of where they differ, where there is one.
 * @returns the ways to look at them, as elements.
 */
export function overlay(paper, below, above, { names: [one, other] = ["design", "page"], heat = null } = {}) {
  let value = 50;
  const line = h("div", { class: "line", role: "slider", tabindex: 0, "aria-label": `How much of the ${one} is shown`,
    "aria-valuemin": 0, "aria-valuemax": 100, "aria-orientation": "horizontal", keydown: press },
  h("span", { class: "grip" }));
  above.classList.add("above");
  paper.classList.add("overlay");
  paper.append(...[below, above, heat, line].filter(Boolean));
  heat?.classList.add("heat");
  paper.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || paper.dataset.way === "heat") return;
    paper.setPointerCapture(event.pointerId);
    follow(event);
    line.focus({ preventScroll: true });
  });
  paper.addEventListener("pointermove", (event) => { if (paper.hasPointerCapture(event.pointerId)) follow(event); });

  function follow(event) {
    const box = paper.getBoundingClientRect();
    set(100 * (event.clientX - box.left) / box.width);
    event.preventDefault();
  }
  function press(event) {
    const step = event.shiftKey ? 10 : 1;
    const moves = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageDown: -10, PageUp: 10,
      Home: -100, End: 100 };
    if (!(event.key in moves)) return;
    set(value + moves[event.key]);
    event.preventDefault();
  }
  function set(next) {
    value = Math.min(100, Math.max(0, next));
    paper.style.setProperty("--at", value + "%");
    paper.style.setProperty("--part", 1 - value / 100);
    line.setAttribute("aria-valuenow", Math.round(value));
    line.setAttribute("aria-valuetext", `${Math.round(value)} % ${one}, ${100 - Math.round(value)} % ${other}`);
  }
  const strength = h("input", { type: "range", min: 10, max: 100, step: 5, value: 90, input: warm });
  const legend = h("div", { class: "legend" }, h("label", null, "Strength", strength),
    h("span", { class: "scale" }, "just visible", h("i"), "far off"));
  function warm() { paper.style.setProperty("--heat", strength.value / 100); }
  const ways = [["line", "Slide"], ["fade", "Fade"], ["difference", "Difference"], ...heat ? [["heat", "Heat map"]] : []];
  function show(way) {
    paper.dataset.way = way;
    legend.hidden = way !== "heat";
  }
  set(value);
  warm();
  show("line");
  return [choice("Way to compare", ways, "line", show), ...heat ? [legend] : []];
}
