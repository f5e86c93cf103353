// A folder that becomes one project: its designs with their thumbnails, states and scores, how long it will still take, the
// project itself in a frame, and the way to stop it, to try again what failed, and to take it home.
import { load, picture } from "./api.js";
import { button, h, plural } from "./dom.js";
import { LongView, isOpen, span } from "./live.js";
import { score } from "./score.js";

const states = { waiting: "waits", running: "is written", done: "done", failed: "failed" };
const stages = { encode: "is looked at", prefill: "is taken in", write: "is written", measure: "is compared" };

export class BatchView extends LongView {
  noun = "batch";
  #items = [];
  #rows = [];
  #list = h("ol", { class: "items", "aria-label": "Designs" });
  #bar = h("progress", { max: 1, value: 0, "aria-label": "Designs done" });
  #count = h("p", { class: "quiet" });
  #shown = null;

  async arrive() {
    const items = [];
    for (let cursor = ""; cursor !== null;) {
      const page = await load(`${this.object.items_url}?limit=100${cursor && "&cursor=" + encodeURIComponent(cursor)}`);
      items.push(...page.data);
      cursor = page.next_cursor;
    }
    this.#items = items;
    this.#rows = items.map((item) => this.#row(item));
    this.#list.replaceChildren(...this.#rows.map(({ element }) => element));
    this.#sum(null);
  }

  take(name, data) {
    if (name === "item") {
      const item = this.#items[data.index];
      if (!item) return;
      Object.assign(item, { state: data.state, score: data.score, failure: data.failure, kept: data.kept });
      this.#fill(this.#rows[data.index], item, data.stage);
      this.#sum(data.eta_seconds);
    } else if (name === "stage" && data.stage === "share" && data.seconds === undefined) this.say("What the pages share is looked for");
    else if (name === "stage" && data.stage === "save") this.say("The project is saved");
    else if (name === "restart") this.say("The service was interrupted and goes on where it was");
  }

  #sum(left) {
    const count = (state) => this.#items.filter((item) => item.state === state).length;
    const done = count("done"), failed = count("failed"), all = this.#items.length;
    this.#bar.value = all ? (done + failed) / all : 0;
    this.#count.textContent = `${done + failed} of ${plural(all, "design")}${failed ? `, ${failed} failed` : ""}`
      + (typeof left === "number" && done + failed < all ? ` · about ${span(left)} left` : "");
    if (isOpen(this.object) && done + failed < all) this.say(count("running") ? "Pages are written" : "Waiting");
  }

  #row(item) {
    const state = h("span", { class: "state" }), total = h("span", { class: "time" }), reason = h("small");
    const name = h("span", { class: "name", title: item.path }, item.path);
    const look = () => { this.#shown = item.preview_url; this.draw(); };
    const press = h("button", { type: "button", disabled: !item.preview_url, click: look, title: item.preview_url ? "Show this page" : "" },
      h("span", { class: "thumb" }, picture(item.design.url, "")), h("span", { class: "what" }, name, reason), state, total);
    const row = { element: h("li", null, press), state, total, reason };
    this.#fill(row, item);
    return row;
  }
  #fill({ element, state, total, reason }, item, stage) {
    element.className = item.state;
    state.textContent = stages[stage] ?? (item.kept && item.state === "done" ? "kept" : states[item.state]);
    total.textContent = typeof item.score === "number" ? score(item.score) : "";
    reason.textContent = item.failure ?? "";
  }

  facts() {
    const { stack, item_count: count, failed_count: failed, score: mean } = this.object;
    return [stack, " · ", plural(count, "design"), failed > 0 && `, ${failed} failed`,
      typeof mean === "number" && [" · ", h("span", { class: "fidelity" }, "mean fidelity ", h("b", null, score(mean)))]];
  }
  ways() {
    const { status, failed_count: failed, done_count: done, item_count: all } = this.object;
    return failed > 0 || status !== "succeeded" || done < all
      ? button(failed > 0 ? "Retry failed" : "Go on", () => this.again("/retry-failed"), { picture: "redo" }) : [];
  }
  progress() { return [this.#bar, this.#count]; }
  cards() {
    const { components, design_tokens: tokens, consistency, consistency_before: before } = this.object;
    const shared = typeof components === "number" && h("section", { class: "card", "aria-labelledby": "shared" },
      h("h2", { id: "shared" }, "What the pages share"),
      h("p", null, `${plural(components, "component")}, ${plural(tokens, "token")}`),
      typeof consistency === "number" && h("p", { class: "quiet" }, `Consistency ${score(consistency)}`,
        typeof before === "number" && `, ${score(before)} before sharing`));
    const back = this.#shown && h("div", { class: "bar" }, button("Whole project", () => { this.#shown = null; this.draw(); }));
    return [back, shared, h("section", { class: "card", "aria-labelledby": "designs" }, h("h2", { id: "designs" }, "Designs"), this.#list)];
  }
  body() {
    const url = this.#shown ?? this.object.preview_url;
    if (url) return [this.frame(url, this.#shown ? "A page of the project" : "The project")];
    return [h("div", { class: "lone" }, h("h2", null, isOpen(this.object) ? "The project is being made" : "There is no project"),
      h("p", null, isOpen(this.object) ? "It is shown here when every design has its page. You may leave and come back."
        : "Pages that were finished are kept: going on begins where it stopped."))];
  }
}
