// A recording that becomes an analysis: how far it is, then the report in a frame, and what else was written to be taken home.
import { explain, loadBlob } from "./api.js";
import { button, h, icon, plural, save, toast } from "./dom.js";
import { LongView, isOpen } from "./live.js";

const stages = { observe: "Watch the recording", convert: "Write the screens", describe: "Describe the steps",
  replay: "Try the prototype", save: "Save" };

export class WorkflowView extends LongView {
  noun = "workflow";
  #bar = h("progress", { max: 1, "aria-label": "This stage" });
  #words = h("p", { class: "quiet" });
  #rows = Object.fromEntries(Object.entries(stages).map(([name, words]) => {
    const time = h("span", { class: "time" });
    return [name, h("li", null, icon("check"), h("span", null, words), time)];
  }));
  #list = h("ol", { class: "stages" }, Object.values(this.#rows));

  take(name, data) {
    if (name === "stage") this.#turnTo(data.stage);
    else if (name === "progress") {
      this.#turnTo(data.stage);
      if (typeof data.fraction === "number") this.#bar.value = data.fraction;
      else this.#bar.removeAttribute("value");
      this.#words.textContent = data.words ?? "";
    } else if (name === "restart") this.say("The service was interrupted and has begun again");
  }
  #turnTo(stage) {
    const order = Object.keys(stages), at = order.indexOf(stage);
    if (at < 0) return;
    order.forEach((each, index) => { this.#rows[each].className = index < at ? "done" : index === at ? "now" : ""; });
    this.say(stages[stage]);
  }

  facts() {
    const { recording, step_count: steps, screen_count: screens, replayed } = this.object;
    return [recording.media_type, typeof steps === "number" && [` · ${plural(steps, "step")}, ${plural(screens, "screen")}`],
      typeof replayed === "number" && ` · ${Math.round(100 * replayed)} % replayed`];
  }
  progress() { return [this.#list, this.#bar, this.#words]; }
  cards() {
    const { damage, name, procedure_url: procedure, script_url: script, diagram_url: diagram } = this.object;
    const files = [[procedure, "Procedure", "md"], [script, "Playwright script", "py"], [diagram, "State diagram", "mmd"]];
    const take = async (url, ending) => {
      try { save(await loadBlob(url), `${name}.${ending}`); } catch (problem) { toast(explain(problem)); }
    };
    return [
      damage && h("p", { class: "warning" }, `The recording was not read to its end: ${damage}`),
      procedure && h("section", { class: "card", "aria-labelledby": "written" }, h("h2", { id: "written" }, "What was written"),
        files.filter(([url]) => url).map(([url, words, ending]) => button(words, () => take(url, ending), { picture: "down" })))];
  }
  body() {
    if (this.object.preview_url) return [this.frame(this.object.preview_url, "The report")];
    return [h("div", { class: "lone" }, h("h2", null, isOpen(this.object) ? "The recording is being watched" : "There is no report"),
      h("p", null, isOpen(this.object) ? "The report is shown here when it is there. You may leave and come back."
        : "Send the recording again to try once more."))];
  }
}
