// The fidelity receipt of the page that is shown: the score with its parts, what differs and where, what was tried to
// repair it. One `Receipt` lives as long as its page is looked at, so that what was opened and chosen in it stays.
import { explain, key, loadBlob } from "./api.js";
import { Differences } from "./differences.js";
import { button, drawing, h, plural, save, seconds, toast } from "./dom.js";
import { Marks } from "./marks.js";
import { repairsOf } from "./repairs.js";
import { change, score } from "./score.js";

const parts = {
  block: "How much of all text, by area, has its counterpart on the other side.",
  text: "How well the words of counterparts agree.",
  position: "How near every text lies to where the design has it.",
  colour: "How close the colours of texts are to the eye.",
  structure: "How alike both pictures are in shapes and shading.",
  tone: "How close the colours of all pixels are to the eye.",
  edges: "How many outlines lie where the design has them.",
  completeness: "Nothing left out, nothing wider than the window, no placeholders.",
  accessibility: "Names, contrast, landmarks and headings, for people who cannot see the page.",
};
const isOfText = (part) => ["block", "text", "position", "colour"].includes(part);

export class Receipt {
  /**
   * @param receipt as the service tells it; undefined where it has none.
   * @param name what a downloaded report is called. @param parent the revision that was edited; null for the first.
   * @param measures whether the service scores pages. @param again converts the pictures once more.
   */
  constructor(receipt, { name, parent, measures, again }) {
    Object.assign(this, { receipt, name, parent, measures, again });
    const differences = receipt?.score ? receipt.differences ?? [] : [];
    this.marks = new Marks(differences);
    this.card = h("section", { class: "card receipt", "aria-labelledby": "fidelity" }, h("h2", { id: "fidelity" }, "Fidelity"),
      receipt?.score ? this.#scored() : this.#unscored());
    this.differences = receipt?.score ? new Differences(differences, this.marks).element : null;
    this.repairs = receipt?.score && receipt.json_url && receipt.repairs_tried ? repairsOf(receipt) : null;
  }

  /** Whether there is something to be compared with: a draft before the repairs, or the revision before an edit. */
  get #isMoved() {
    const { score: now, draft } = this.receipt;
    const differs = (part) => Math.abs((now[part] ?? 0) - (draft[part] ?? 0)) > 5e-5;
    return Boolean(draft) && ["total", ...Object.keys(parts)].some(differs);
  }

  #scored() {
    const { score: now, is_estimate: isEstimate, mean_colour_difference: difference } = this.receipt;
    const before = this.#isMoved ? this.receipt.draft : null;
    return [
      h("p", { class: "total" }, h("span", { class: "unseen" }, "Total "), score(now.total), h("small", null, " of 1")),
      h("p", { class: "way" }, this.#way(before)),
      h("table", { class: "parts" },
        h("caption", { class: "unseen" }, "What the total is made of"),
        h("thead", { class: "unseen" },
          h("tr", null, ["Part", "Before", "Value", "Weight"].map((words) => h("th", { scope: "col" }, words)))),
        h("tbody", null, Object.keys(parts).map((part) => this.#part(part, now, before)))),
      h("ul", { class: "notes" },
        before && h("li", null, h("i", { class: "tick" }),
          this.parent ? `where revision ${this.parent} was` : "where the draft was"),
        isEstimate && h("li", null, h("b", null, "≈"),
          " estimated: the design is a picture, its lines of text were searched in it"),
        typeof now.accessibility === "number" && !now.weights?.accessibility
          && h("li", null, "Accessibility is told, but not counted: a picture has none to compare with.")),
      h("dl", { class: "facts" }, this.#facts(difference)),
      this.receipt.is_out_of_time
        && h("p", { class: "quiet" }, "The time was spent before the repairs had nothing more to propose."),
      this.receipt.report_url && h("p", null, this.#link()),
    ];
  }

  // How the total came about.
  #way(before) {
    const { score: now, draft, repairs_tried: tried } = this.receipt;
    if (this.parent && draft) {
      if (!before) return `The same as revision ${this.parent}.`;
      return [`Revision ${this.parent} `, h("b", null, score(draft.total)), " → now ", h("b", null, score(now.total)), " ",
        change(now.total - draft.total)];
    }
    if (!before) return "The draft as the model wrote it" + (tried ? ": no repair made it better." : ".");
    return ["Draft ", h("b", null, score(draft.total)), " → repaired ", h("b", null, score(now.total)), " ",
      change(now.total - draft.total)];
  }

  #part(part, now, before) {
    const value = now[part] ?? null, weight = now.weights?.[part], old = before?.[part];
    const isEstimate = this.receipt.is_estimate && isOfText(part) && value !== null;
    const bar = value === null ? [] : [drawing("rect", { class: "fill", y: 2, width: value * 100, height: 6 })];
    if (value !== null && typeof old === "number") {
      bar.push(drawing("rect", { class: "tick", x: Math.min(97, Math.max(0, old * 100 - 1.5)), width: 3, height: 10 }));
    }
    const was = typeof old === "number" && Math.abs(value - old) >= 5e-4 ? score(old) : "";
    return h("tr", { title: parts[part] },
      h("th", { scope: "row" }, part[0].toUpperCase() + part.slice(1)),
      h("td", { class: "meter" }, drawing("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
        drawing("rect", { class: "track", y: 2, width: 100, height: 6 }), ...bar), h("span", { class: "unseen" }, was)),
      h("td", { class: "value" }, isEstimate && h("span", { title: "estimated", "aria-hidden": "true" }, "≈"),
        value === null ? "–" : score(value), isEstimate && h("span", { class: "unseen" }, " estimated")),
      h("td", { class: "weight" }, weight ? `${(weight * 100).toFixed(0)} %` : "–"));
  }

  #facts(difference) {
    const { attempts, repairs_tried: tried, repairs_kept: kept, seconds: spent } = this.receipt;
    const fact = (name, value) => h("div", null, h("dt", null, name), h("dd", null, value));
    return [
      attempts > 1 && fact("Drafts", `the best of ${attempts}`), tried > 0 && fact("Repairs", `${kept} kept of ${tried} tried`),
      typeof difference === "number" && fact("Colours", `ΔE00 ${difference.toFixed(2)} on average`),
      typeof spent === "number" && fact("Time", seconds(spent))];
  }

  // The report brings its own style and scripts. Opened from memory it would fall under this page's policy, which allows
  // neither: where a key has to go along, it is saved as a file.
  #link() {
    const { report_url: url } = this.receipt;
    if (!key.value) {
      return h("a", { href: url, target: "_blank", rel: "noopener" }, "Full report",
        h("span", { class: "unseen" }, " (new tab)"));
    }
    return button("Full report", async () => {
      try { save(await loadBlob(url), `${this.name} report.html`); } catch (problem) { toast(explain(problem)); }
    }, { picture: "down", label: "Download the full report" });
  }

  #unscored() {
    if (!this.measures) {
      return h("p", { class: "quiet" }, "Not measured: no browser is installed on the server. Whoever runs it can install "
        + "Chromium; what is converted after that gets a score.");
    }
    const reason = this.receipt?.unmeasured;
    return [
      h("p", null, h("b", null, "Not measured. "),
        reason ? explain({ message: reason }) : "There is no receipt for this revision."),
      h("p", { class: "quiet" }, "Convert it again to have it measured, and finish it as “Repaired” or “Measured only” under "
        + "Options."),
      h("div", { class: "bar" }, button("Convert again", this.again))];
  }
}
