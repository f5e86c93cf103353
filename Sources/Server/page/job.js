// A job while it runs: its place in the queue, its stages with their times, the code and the page as they are written,
// how the page scores and is repaired, and the way to stop it. Ends by handing over the finished conversion or the reason
// why there is none.
import { Problem, explain, picture, request } from "./api.js";
import { LiveCode } from "./code.js";
import { announce, button, h, icon, plural, seconds, toast } from "./dom.js";
import { LiveScore } from "./repairs.js";
import { DraftFrame, Sheet } from "./sheet.js";
import { follow } from "./stream.js";

const stages = {
  decode: "Read the picture", encode: "Turn it into tokens", prefill: "Take it in", write: "Write the page",
  measure: "Compare and repair", save: "Save",
};
const areLong = ["write", "measure"];
const detail = ({ width, height, tokens }) =>
  [width && `${width} × ${height}`, tokens && plural(tokens, "token")].filter(Boolean).join(", ");

/** The stages of a finished report, in the same words. */
export function reportList({ seconds: spent, tokens, engine, finish_reason: reason }) {
  const { vision_tokens: seen, prompt_tokens: read, cached_tokens: known, completion_tokens: written } = tokens;
  // A recording's report counts no tokens yet.
  if (!written && engine !== "none") return [h("p", { class: "quiet" }, `${seconds(spent.total)} in all, by ${engine}.`)];
  if (!written) {
    const measured = typeof spent.measure === "number" ? `, ${seconds(spent.measure)} of it to compare the page` : "";
    return [h("p", { class: "quiet" }, `Changed by hand in ${seconds(spent.total)}, without the model${measured}.`)];
  }
  const row = (name, time, more) => h("li", { class: "done" }, icon("check"),
    h("span", null, name, more && h("small", null, more)), h("span", { class: "time" }, seconds(time)));
  const speed = spent.generate ? `, ${Math.round(written / spent.generate).toLocaleString("en")} a second` : "";
  return [
    h("ol", { class: "stages" }, row(stages.decode, spent.decode), row(stages.encode, spent.encode, plural(seen, "token")),
      row(stages.prefill, spent.prefill, plural(read, "token") + (known ? `, ${known} known already` : "")),
      row(stages.write, spent.generate, plural(written, "token") + speed),
      typeof spent.measure === "number" && row(stages.measure, spent.measure)),
    h("p", { class: "quiet" }, `${seconds(spent.total)} in all, by ${engine}.`,
      reason === "length" && " It was cut at the most tokens allowed.")];
}

export class JobView {
  #stop = new AbortController();
  #rows = new Map();
  #design = 0;
  #code = new LiveCode();
  #draft;
  #state = h("p", { class: "job-state" });
  #link = h("p", { class: "warning", role: "status", hidden: true }, icon("plug"), "The connection broke. Reconnecting…");
  #list = h("ol", { class: "stages" });
  #score = new LiveScore();
  #cancel = button("Cancel", () => this.#end(), { picture: "close" });

  /**
   * @param measures whether pages are scored here.
   * @param ended called once with the conversion, or with a `Problem` and nothing else.
   */
  constructor(conversion, measures, ended) {
    Object.assign(this, { conversion, ended });
    const { job, designs } = conversion;
    this.#state.textContent = job.status === "queued" ? this.#waiting(job.position) : "Being written";
    this.panel = h("section", { class: "card", "aria-labelledby": "progress" },
      h("h2", { id: "progress" }, job.kind === "edit" ? "Changing the page" : "At work"), this.#state, this.#link,
      job.kind === "convert" && this.#list, this.#score.element, h("div", { class: "bar" }, this.#cancel));
    if (job.kind === "convert") {
      this.designSheet = new Sheet("Design");
      this.draftSheet = new Sheet("Page, as it is written");
      this.element = h("div", { class: "live" },
        h("div", { class: "pair" }, this.designSheet.element, this.draftSheet.element),
        h("section", { class: "sheet code-sheet", "aria-label": "Code as it is written" }, this.#code.element));
      this.#turnTo(0, designs);
      for (const name of Object.keys(stages)) if (name !== "measure" || measures) this.#stage(name);
    }
    follow(`${conversion.events_url}?job=${job.id}`, {
      signal: this.#stop.signal,
      onEvent: (name, data) => this.#take(name, data),
      onState: (state) => {
        this.#link.hidden = state === "open";
        if (state !== "open") announce("Reconnecting");
      },
    }).catch((problem) => ended(null, problem));
  }
  close() { this.#stop.abort(); clearInterval(this.#clock); }

  #clock;
  #waiting(position) {
    return position > 1 ? `Waiting: ${plural(position - 1, "job")} before this one` : "Waiting: next in line";
  }

  #turnTo(index, designs) {
    const { url, width, height, name } = designs[index];
    this.#design = index;
    this.designSheet.put(width, height, picture(url, `The design ${name}`));
    this.#draft = new DraftFrame();
    this.draftSheet.put(width, height, this.#draft.element);
    this.#score.clear();
    this.#clearStages();
  }

  #clearStages() {
    clearInterval(this.#clock);
    for (const { element, time, more } of this.#rows.values()) {
      element.className = time.textContent = more.textContent = "";
      element.hidden = false;
    }
  }

  #stage(name) {
    const time = h("span", { class: "time" }), more = h("small");
    const element = h("li", null, icon("check"), h("span", null, stages[name], more), time);
    this.#rows.set(name, { element, time, more });
    this.#list.append(element);
  }

  #take(name, data) {
    if (name === "status") this.#status(data);
    else if (name === "stage") this.#advance(data);
    else if (name === "delta") this.#code.add(data.path, data.text);
    else if (name === "draft") this.#draft.show(data.html);
    else if (name === "score") this.#score.draft(data);
    else if (name === "repair") this.#score.step(data);
    else if (name === "restart") {
      this.#code.clear();
      this.#score.clear();
      this.#clearStages();
      this.#state.textContent = "The service was interrupted and has begun again";
    } else if (name === "done" || name === "error") {
      this.close();
      this.ended(name === "done" ? data : null, name === "error" ? new Problem(data.error) : undefined);
    }
  }

  #status({ status, position }) {
    const { designs, job } = this.conversion;
    const isMany = job.kind === "convert" && designs.length > 1;
    const words = status === "queued" ? this.#waiting(position) : isMany ? `Picture 1 of ${designs.length}` : "Being written";
    this.#state.textContent = words;
    announce(words);
  }

  #advance(stage) {
    const { designs, job } = this.conversion, order = [...this.#rows.keys()], row = this.#rows.get(stage.stage);
    if (!row || job.kind !== "convert") return;
    if (stage.design !== undefined && stage.design !== this.#design && designs[stage.design]) {
      this.#turnTo(stage.design, designs);
      this.#state.textContent = `Picture ${stage.design + 1} of ${designs.length}`;
    }
    clearInterval(this.#clock);
    for (const each of order.slice(0, order.indexOf(stage.stage))) {
      const { element } = this.#rows.get(each);
      // A page that is left as it was written was neither compared nor repaired.
      if (each === "measure" && element.className !== "now" && element.className !== "done") element.hidden = true;
      else element.className = "done";
    }
    const isLong = areLong.includes(stage.stage);
    row.more.textContent = detail(stage);
    row.element.className = isLong ? "now" : "done";
    if (typeof stage.seconds === "number") row.time.textContent = seconds(stage.seconds);
    if (!isLong) return;
    announce(stages[stage.stage]);
    const began = performance.now();
    this.#clock = setInterval(() => {
      row.time.textContent = `${((performance.now() - began) / 1000).toFixed(1)} s`;
    }, 100);
  }

  async #end() {
    this.#cancel.disabled = true;
    try { await request("/v1/jobs/" + this.conversion.job.id, { method: "DELETE" }); } catch (problem) {
      this.#cancel.disabled = false;
      toast(explain(problem));
    }
  }
}
