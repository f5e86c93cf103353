// What was converted before, as the service remembers it: newest first, more on request, looked at again every few seconds
// while something is still running. Deletes after asking.
import { explain, load, picture, request } from "./api.js";
import { announce, ask, button, h, icon, moment, plural, toast } from "./dom.js";
import { removeLong } from "./live.js";
import { scoreWords } from "./score.js";

const states = { queued: "waiting", running: "being written", failed: "failed", cancelled: "cancelled", succeeded: "" };

/** Asks, then deletes; resolves to whether it was done. */
export async function remove(conversion) {
  const agreed = await ask({ title: `Delete “${conversion.name}”?`, action: "Delete", kind: "danger",
    words: "Its pictures, its pages and all their revisions are removed for good." });
  if (!agreed) return false;
  try { await request("/v1/conversions/" + conversion.id, { method: "DELETE" }); } catch (problem) {
    if (problem.code !== "not_found") { toast(explain(problem)); return false; }
  }
  announce(`${conversion.name} was deleted`);
  return true;
}

// Folders and recordings have lists of their own.
const sources = {
  conversions: { letter: "c", title: "Converted before", remove },
  batches: { letter: "b", title: "Folders before", remove: removeLong },
  workflows: { letter: "w", title: "Recordings before", remove: removeLong },
};

export class History {
  #source;
  #cards = h("ul", { class: "cards" });
  #more = button("Show more", () => this.#next(), { hidden: true });
  #empty = h("p", { class: "quiet", hidden: true }, "Nothing yet. What you convert stays here, also after a restart.");
  #cursor = null;
  #timer;

  /** @param source `conversions`, `batches` or `workflows`; the latter two are not shown while there are none. */
  constructor(source = "conversions") {
    this.#source = source;
    const id = "before-" + source;
    this.element = h("section", { class: "history", "aria-labelledby": id, hidden: source !== "conversions" },
      h("h2", { id }, sources[source].title), this.#empty, this.#cards, h("div", { class: "bar" }, this.#more));
    this.#next();
  }
  close() { clearTimeout(this.#timer); this.isClosed = true; }

  async #next() {
    try {
      const from = this.#cursor ? "&cursor=" + encodeURIComponent(this.#cursor) : "";
      const page = await load(`/v1/${this.#source}?limit=12${from}`);
      this.#cursor = page.next_cursor;
      this.#cards.append(...page.data.map((conversion) => this.#card(conversion)));
      this.#more.hidden = !this.#cursor;
      this.#empty.hidden = this.#cards.children.length > 0;
      if (this.#cards.children.length) this.element.hidden = false;
      this.#watch();
    } catch (problem) { this.#empty.textContent = explain(problem); this.#empty.hidden = false; }
  }

  /** Looks again at what is not finished. */
  #watch() {
    clearTimeout(this.#timer);
    if (this.isClosed || !this.#cards.querySelector("[data-open]")) return;
    this.#timer = setTimeout(async () => {
      for (const card of this.#cards.querySelectorAll("[data-open]")) {
        try { card.replaceWith(this.#card(await load(`/v1/${this.#source}/${card.dataset.id}${this.#source === "conversions" ? "?text=false" : ""}`))); } catch (problem) {
          if (problem.code === "not_found") card.remove();
        }
      }
      this.#watch();
    }, 3000);
  }

  #card(conversion) {
    const { id, name, designs, item_count: count, status, latest_revision: revision } = conversion, state = states[status];
    const source = sources[this.#source], number = designs?.length ?? count ?? 1;
    const facts = h("span", { class: "quiet" }, state && h("span", { class: "state " + status }, state), moment(conversion.created_at),
      number > 1 && " · " + plural(number, "picture"), revision > 1 && " · " + plural(revision, "revision"),
      typeof conversion.score === "number" && [" · ", scoreWords({ ...conversion, designs: { length: number } })]);
    const thumbnail = this.#source === "workflows" ? icon("film") : picture(`/v1/conversions/${id}/designs/0`, "");
    const card = h("li", { "data-id": id, "data-open": status === "queued" || status === "running" },
      h("a", { href: `#/${source.letter}/${id}` }, h("span", { class: "thumbnail mat" }, thumbnail),
        h("span", { class: "name" }, name)), facts,
      button("", async () => {
        if (!await source.remove(conversion)) return;
        card.remove();
        this.#empty.hidden = this.#cards.children.length > 0;
        (this.#cards.querySelector("a") ?? document.getElementById("choose")).focus();
      }, { picture: "bin", label: `Delete ${name}`, kind: "round" }));
    return card;
  }
}
