// Where differences are: boxes with numbers over the sheets that show the design and the page. Which box is pointed at, held
// or shown along with all others is kept here, whichever sheets there are at the moment. Boxes are CSS pixels; the style sheet
// scales them with the paper. To assistive technology they are silent: the list says the same.
import { h } from "./dom.js";

export class Marks {
  #places;
  #layers = [];
  #pointed = null;
  #showsAll = false;
  #count = Infinity;
  held = null;
  /** Called when another difference is held, or none. */
  changed = () => undefined;
  /** Called with the number of a difference whose box was clicked. */
  clicked = () => undefined;

  constructor(differences) {
    const places = differences.map(({ design_box: design, result_box: result }, number) => ({ number, design, result }));
    const area = ({ design, result }) => { const { width, height } = result ?? design; return width * height; };
    this.#places = places.filter(({ design, result }) => design || result).sort((one, other) => area(other) - area(one));
  }

  /** Forgets the sheets. */
  clear() { this.#layers = []; }

  /** Lays the boxes of some sides (`design`, `result`) over what a sheet shows. */
  lay(sheet, ...sides) {
    const layer = h("div", { class: "marks", "aria-hidden": true });
    for (const { number, ...boxes } of this.#places) {
      const there = sides.filter((side) => boxes[side]);
      for (const side of there) layer.append(this.#mark(number, side, boxes[side], side === there.at(-1)));
    }
    this.#layers.push(layer);
    sheet.paper.append(layer);
    this.#paint();
  }
  #mark(number, side, { x, y, width, height }, hasNumber) {
    const mark = h("div", { class: `mark of-${side}`, "data-number": number },
      hasNumber && h("b", { click: () => this.clicked(number) }, number + 1));
    for (const [name, value] of Object.entries({ x: x - 2, y: y - 2, width: width + 4, height: height + 4 })) {
      mark.style.setProperty("--" + name, value);
    }
    return mark;
  }

  /** Shows one for the moment; null for none. */
  point(number) { this.#pointed = number; this.#paint(); }
  /** Keeps one; null lets go. */
  hold(number) { this.held = number; this.#paint(); this.changed(); }
  /** Shows all at once, or only what is pointed at. */
  showAll(isOn) { this.#showsAll = isOn; this.#paint(); }
  /** Only the first ones count as all. */
  limit(count) { this.#count = count; this.#paint(); }

  #paint() {
    const chosen = this.#pointed ?? this.held;
    for (const layer of this.#layers) {
      layer.classList.toggle("pointing", chosen !== null);
      for (const mark of layer.children) {
        const number = Number(mark.dataset.number);
        mark.classList.toggle("on", number === chosen);
        mark.hidden = number !== chosen && !(this.#showsAll && number < this.#count);
      }
    }
  }

  /** Scrolls to the boxes of the one that is held. */
  bring() {
    const mark = this.#layers.map((layer) => [...layer.querySelectorAll(".on")].at(-1)).findLast(Boolean);
    const isInSight = () => {
      const { top, bottom } = mark.getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    };
    // The bench sticks to the window for a part of the way: once more where that was used up.
    for (let turn = 0; mark && turn < 2 && !isInSight(); turn++) mark.scrollIntoView({ block: "center", inline: "nearest" });
  }
}
