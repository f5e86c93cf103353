// What the views of batches and workflows share: the heading with its buttons, the job that is followed, the result in a
// frame, and how one is cancelled, downloaded and deleted.
import { explain, load, loadBlob, request } from "./api.js";
import { announce, ask, button, h, icon, moment, plural, save, toast } from "./dom.js";
import { reportList } from "./job.js";
import { pageFrame } from "./sheet.js";
import { follow } from "./stream.js";

/** Whether work goes on. */
export const isOpen = ({ status }) => status === "queued" || status === "running";

/** Seconds as people say them: `2 min 5 s`. */
export const span = (seconds) => seconds < 60 ? `${Math.max(1, Math.round(seconds))} s`
  : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

/** Asks, then deletes; resolves to whether it was done. */
export async function removeLong(object) {
  const agreed = await ask({ title: `Delete “${object.name}”?`, action: "Delete", kind: "danger",
    words: "What was sent and everything that was made of it are removed for good." });
  if (!agreed) return false;
  try { await request(`/v1/conversions/${object.id}`, { method: "DELETE" }); } catch (problem) {
    if (problem.code !== "not_found") { toast(explain(problem)); return false; }
  }
  announce(`${object.name} was deleted`);
  return true;
}

/** A view of work that takes minutes. Who extends it draws `body()` and hears `take(name, data)`. */
export class LongView {
  #stop = null;
  #state = h("p", { class: "job-state" });
  #link = h("p", { class: "warning", role: "status", hidden: true }, icon("plug"), "The connection broke. Reconnecting…");
  #head = h("div", { class: "heading" });
  #frame = null;
  bench = h("div", { class: "bench mat" });
  panel = h("aside", { class: "panel", "aria-label": "About this" });
  element = h("div", { class: "page wide" }, this.#head, h("div", { class: "workbench" },
    h("section", { class: "exhibit", "aria-label": "Result" }, this.bench), this.panel));

  /** @param begun the object itself, where it has just begun. */
  constructor({ id, begun }) {
    this.id = id;
    this.object = begun;
  }
  get title() { return `${this.object?.name ?? this.noun} · Bottega`; }
  close() { this.#stop?.abort(); }

  /** Brings what there is. Throws `Problem`. */
  async show() {
    this.object ??= await load(this.address);
    await this.arrive();
    this.#begin();
    this.draw();
  }
  /** Called before the object is drawn that has come. */
  async arrive() {}
  /** Called for each event of the job but the last. */
  take() {}

  get address() { return `/v1/${this.noun === "batch" ? "batches" : "workflows"}/${this.id}`; }

  // The job

  #begin() {
    if (this.#stop || !isOpen(this.object)) return;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.say(this.object.job.status === "queued" ? "Waiting" : "At work");
    follow(`${this.object.events_url}?job=${this.object.job.id}`, {
      signal,
      onEvent: (name, data) => {
        if (name === "status" && data.status === "queued") {
          this.say(data.position > 1 ? `Waiting: ${plural(data.position - 1, "job")} before this one` : "Waiting: next in line");
        } else if (name === "done" || name === "error") this.#end(name === "done" ? data : null, data.error);
        else this.take(name, data);
      },
      onState: (state) => { this.#link.hidden = state === "open"; },
    }).catch((problem) => this.#end(null, problem));
  }
  async #end(object, problem) {
    this.close();
    this.#stop = null;
    try { this.object = object ?? await load(this.address); } catch { Object.assign(this.object, { status: "failed", error: problem }); }
    await this.arrive();
    announce(problem ? explain(problem) : `${this.object.name} is there`);
    this.draw();
  }
  /** Says how the work stands. */
  say(words) {
    if (this.#state.textContent === words) return;
    this.#state.textContent = words;
    announce(words);
  }

  async #cancel(event) {
    event.currentTarget.disabled = true;
    try { await request(this.address + "/cancel", { method: "POST" }); } catch (problem) { toast(explain(problem)); }
  }
  /** Begins anew what another job begins, and follows it. */
  async again(path) {
    try {
      this.object = await load(this.address + path, { method: "POST", headers: { Prefer: "respond-async" } });
      this.#begin();
      await this.arrive();
      this.draw();
    } catch (problem) { toast(explain(problem)); }
  }
  async #download() {
    const { archive_url: url, name } = this.object;
    try { save(await loadBlob(url), `${name}.zip`); } catch (problem) { toast(explain(problem)); }
  }

  // Drawing

  draw() {
    const { object } = this, open = isOpen(object);
    const discard = async () => { if (await removeLong(object)) location.hash = "#/"; };
    this.#head.replaceChildren(
      h("div", null, h("h1", null, object.name), h("p", { class: "quiet" }, this.facts(), " · ", moment(object.created_at))),
      h("span", { class: "grow" }), h("div", { class: "bar" }, !open && this.ways(),
        object.archive_url && button("Download", () => this.#download(), { picture: "down", kind: "main", label: "Download as zip" }),
        button("", discard, { picture: "bin", label: "Delete" })));
    const work = open && h("section", { class: "card", "aria-labelledby": "progress" }, h("h2", { id: "progress" }, "At work"),
      this.#state, this.#link, this.progress(), h("div", { class: "bar" },
        button("Cancel", (event) => this.#cancel(event), { picture: "close" })));
    const failed = !open && object.error && h("section", { class: "card" },
      h("h2", null, object.status === "cancelled" ? "Cancelled" : "This could not be done"), h("p", null, explain(object.error)));
    const made = !open && object.report && h("section", { class: "card", "aria-labelledby": "made" },
      h("h2", { id: "made" }, "How it was made"), reportList(object.report));
    this.panel.replaceChildren(...[work, failed, ...this.cards(), made].filter(Boolean));
    this.bench.replaceChildren(...this.body());
    document.title = this.title;
  }
  /** Buttons of the heading while nothing is at work. */
  ways() { return []; }
  /** What is shown of the work under way. */
  progress() { return null; }
  /** Cards beside the result. */
  cards() { return []; }

  /** The result, or a page of it, in a frame that scrolls; the same frame as long as it shows the same. */
  frame(url, title) {
    if (this.#frame?.dataset.shown !== url) {
      this.#frame = pageFrame(url, title);
      this.#frame.removeAttribute("scrolling");
      this.#frame.className = "whole";
      this.#frame.dataset.shown = url;
    }
    return this.#frame;
  }
}
