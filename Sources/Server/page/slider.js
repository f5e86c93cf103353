// The design and the page laid over each other: a line that uncovers one or the other, a fade, or the difference of both.
// The line moves by mouse, touch and keys, and is a slider to assistive technology.
import { choice, h } from "./dom.js";

/**
 * @param paper what both lie in; `below` is the design, `above` the page, both already at the paper's size.
 * @returns the ways to look at them, as an element.
 */
export function overlay(paper, below, above) {
  let value = 50;
  const line = h("div", { class: "line", role: "slider", tabindex: 0, "aria-label": "How much of the design is shown",
    "aria-valuemin": 0, "aria-valuemax": 100, "aria-orientation": "horizontal", keydown: press },
  h("span", { class: "grip" }));
  above.classList.add("above");
  paper.classList.add("overlay");
  paper.append(below, above, line);
  paper.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
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
    line.setAttribute("aria-valuetext", `${Math.round(value)} % design, ${100 - Math.round(value)} % page`);
  }
  const show = (way) => { paper.dataset.way = way; };
  set(value);
  show("line");
  return choice("Way to compare", [["line", "Slide"], ["fade", "Fade"], ["difference", "Difference"]], "line", show);
}
