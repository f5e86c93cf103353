// Scores in words and drawings: a total, a change with its sign, and the stairs that a total climbs while a page is repaired.
import { drawing, h } from "./dom.js";

/** A score with three digits; what is below 1 never reads as 1. */
export const score = (value) => (value < 1 ? Math.min(value, 0.999) : value).toFixed(3);

/** The score of a conversion, or the mean of its pictures, for a line of facts; nothing where none was measured. */
export const scoreWords = ({ score: value, designs }) => typeof value === "number"
  && h("span", { class: "fidelity", title: "1 would be equal to the design" },
    designs.length > 1 ? "mean fidelity " : "fidelity ", h("b", null, score(value)));

/** A difference of scores, good or bad, with its sign. */
export function change(difference, digits = 3) {
  const words = Math.abs(difference).toFixed(digits), isNone = Number(words) === 0;
  return h("span", { class: isNone ? "quiet" : difference > 0 ? "gain" : "loss" },
    isNone ? "±" : difference > 0 ? "+" : "−", words);
}

/**
 * The total over all changes that were tried: it rises with what was kept; what was refused are open dots.
 *
 * @param steps with `before`, `after` (null when it could not be shown) and `outcome`; nothing is drawn of fewer than two.
 */
export function stairs(steps, width = 320, height = 64) {
  const totals = steps.flatMap(({ before, after }) => [before, after ?? before]), edge = 6;
  const least = Math.min(...totals), most = Math.max(...totals);
  if (steps.length < 2 || most - least < 1e-9) return null;
  const x = (index) => (edge + (width - 2 * edge) * index / steps.length).toFixed(1);
  const y = (total) => (edge + (height - 2 * edge) * (most - total) / (most - least)).toFixed(1);
  let path = `M${x(0)} ${y(steps[0].before)}`;
  const dots = [], radius = steps.length > 40 ? 2 : 3;
  steps.forEach(({ before, after, outcome }, index) => {
    path += `V${y(before)}H${x(index + 1)}`;
    if (after === null) return;
    if (outcome === "kept") path += `V${y(after)}`;
    dots.push(drawing("circle", { class: outcome, cx: x(index + 1), cy: y(after), r: radius }));
  });
  const last = steps.at(-1), end = last.outcome === "kept" ? last.after : last.before;
  return drawing("svg", { class: "stairs", viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": `The total over ${steps.length} changes: from ${score(steps[0].before)} to ${score(end)}` },
  drawing("path", { d: path }), ...dots.sort((one) => one.classList.contains("kept") ? 1 : -1));
}
