// The first view: pictures, folders and recordings in, the options, the upload, and below it what was converted before.
import { explain, load, token, upload } from "./api.js";
import { announce, button, choice, h, plural } from "./dom.js";
import { Dropzone } from "./dropzone.js";
import { History } from "./history.js";

// How a page is finished, and the fields that say so to the service.
const finishes = { repaired: {}, measured: { repair: "false" }, draft: { draft: "true" } };

const field = (label, input, hint) =>
  h("label", { class: "field" }, h("span", null, label), input, hint && h("small", null, hint));
const number = (name, attributes) => h("input", { name, type: "number", inputmode: "decimal", ...attributes });

/** What becomes of a page after it was written: how many drafts, in which time, and how it is finished. */
function fidelityFields() {
  const attempts = number("attempts", { min: 1, max: 16, step: 1, placeholder: "1" });
  const budget = number("budget_seconds", { min: 0, max: 600, step: "any", placeholder: "none" });
  const settle = () => { attempts.disabled = budget.disabled = finish.value === "draft"; };
  const finish = h("select", { name: "finish", change: settle }, h("option", { value: "repaired" }, "Repaired"), h("option", { value: "measured" }, "Measured only"),
    h("option", { value: "draft" }, "Draft only"));
  return h("fieldset", { class: "fields" }, h("legend", null, "Fidelity"),
    field("Finish", finish, "Compared with the design and brought closer to it, only compared, or neither."),
    field("Drafts", attempts, "The best of them is taken."),
    field("Limit in seconds", budget, "After it no further draft or repair begins."));
}

// What becomes of what was given: where it is sent, and what the button says.
const kinds = {
  pages: { address: "/v1/convert", words: (count) => count > 1 ? `Write ${plural(count, "page")}` : "Write the page" },
  project: { address: "/v1/batches", words: () => "Write one project" },
  recording: { address: "/v1/workflows", words: () => "Analyse the recording" },
};
const check = (name, words, value = "true") =>
  h("label", { class: "check" }, h("input", { type: "checkbox", name, value }), words);

/** @param open called with the conversion, batch or workflow that has begun. */
export async function startView(engine, open) {
  const stacks = (await load("/v1/stacks")).data;
  const go = h("button", { class: "main", type: "submit", disabled: true }, "Write the page");
  const clear = button("Clear", () => zone.clear(), { hidden: true });
  const progress = h("progress", { max: 1, value: 0, "aria-label": "Upload" }), state = h("span", { class: "quiet" });
  const stop = button("Stop", () => sending?.abort());
  const moving = h("div", { class: "bar", hidden: true }, progress, state, stop);
  const error = h("p", { class: "error", role: "alert", hidden: true });
  let sending, idempotency = token();
  let wanted = null;
  const ways = choice("What becomes of them", [["project", "One project"], ["pages", "A page each"]], "pages",
    (way) => { wanted = way; settle(); });
  ways.hidden = true;
  const zone = new Dropzone(engine.limits, () => settle());
  /** What becomes of what is there now. */
  const kind = () => zone.recording ? "recording" : !zone.hasMany ? "pages"
    : wanted ?? (zone.hasFolder || zone.items.length > engine.limits.images ? "project" : "pages");
  function settle() {
    const count = zone.items.length;
    if (!count) wanted = null;
    go.disabled = clear.hidden = !count;
    ways.hidden = !zone.hasMany || zone.recording !== null;
    ways.set(kind());
    ways.querySelector("[data-key=pages]").disabled = count > engine.limits.images;
    if (count > engine.limits.images && kind() === "pages") wanted = "project";
    go.textContent = kinds[kind()].words(count);
    for (const each of form.querySelectorAll("[data-for]")) each.hidden = !each.dataset.for.split(" ").includes(kind());
    for (const option of stack.options) {
      option.disabled = option.hidden = !option.dataset.for.split(" ").includes(kind());
      if (option.disabled && option.selected) stack.selectedIndex = 0;
    }
    idempotency = token();
  }
  const stack = h("select", { name: "stack" }, stacks.map(({ id, name, description, kinds }) =>
    h("option", { value: id, title: description, "data-for": kinds.map((each) => ({ conversion: "pages", batch: "project" })[each]).join(" ") }, name)));

  const options = h("details", { class: "options" }, h("summary", null, "Options"), h("div", { class: "fields" },
    h("div", { "data-for": "pages project" }, field("Stack", stack)),
    field("Name", h("input", { name: "name", maxlength: 100, placeholder: "as the picture is called", autocomplete: "off" })),
    field("Temperature", number("temperature", { min: 0, max: 2, step: "any", placeholder: "0" }),
      "0 is the most likely page; more is bolder."),
    field("Seed", number("seed", { min: 0, step: 1, placeholder: "0" }), "The same seed gives the same page."),
    field("Most tokens", number("max_tokens", { min: 1, max: 32768, step: 1, placeholder: "8192" }),
      "Where a long page is cut."),
    h("div", { "data-for": "project" }, field("At the same time", number("in_flight", { min: 1, max: 16, step: 1, placeholder: "4" }),
      "Designs that are converted at once."))),
    h("fieldset", { class: "fields", "data-for": "project" }, h("legend", null, "Project"),
      check("sharing", "Every page keeps its own code", "false")),
    h("fieldset", { class: "fields", "data-for": "recording" }, h("legend", null, "Recording"),
      check("redact", "Leave out what was typed"), check("prototype", "No prototype", "false")),
    engine.measures !== false && fidelityFields());
  options.addEventListener("input", () => { idempotency = token(); });
  const form = h("form", { class: "start", submit: send }, zone.element, error, moving,
    h("div", { class: "bar actions" }, options, ways, clear, go),
    engine.measures === false && h("p", { class: "quiet" }, "No browser is installed on the server, so pages are left as the "
      + "model writes them: they are not compared with their designs and get no score."));
  const histories = ["conversions", "batches", "workflows"].map((source) => new History(source));

  async function send(event) {
    event.preventDefault();
    const body = new FormData(), way = kind();
    for (const [name, value] of new FormData(form)) {
      const place = form.elements[name]?.closest?.("[data-for]");
      if (value === "" || value instanceof File || place && !place.dataset.for.split(" ").includes(way)) continue;
      for (const [key, said] of Object.entries(name === "finish" ? finishes[value] : { [name]: value })) body.append(key, said);
    }
    for (const { file } of zone.items) {
      body.append({ pages: "image", project: "images", recording: "video" }[way], file, file.folderPath ?? file.name);
    }
    sending = new AbortController();
    busy(true);
    try {
      const conversion = await upload(kinds[way].address, body, { signal: sending.signal,
        headers: { Accept: "application/json", Prefer: "respond-async", "Idempotency-Key": idempotency },
        progress: (part) => {
          progress.value = part;
          state.textContent = part < 1 ? `Sending, ${Math.round(100 * part)} %` : "Sent; being looked at";
        } });
      zone.clear();
      open(conversion);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      error.textContent = explain(problem);
      error.hidden = false;
    } finally { busy(false); }
  }
  function busy(isBusy) {
    moving.hidden = !isBusy;
    go.disabled = isBusy || !zone.items.length;
    if (!isBusy) return;
    error.hidden = true;
    progress.value = 0;
    announce("Sending");
  }

  settle();
  return {
    title: "Bottega",
    element: h("div", { class: "page" },
      h("h1", null, h("span", null, "A picture of a screen goes in, "), h("span", null, "a page comes out")), form, histories.map((each) => each.element)),
    take: (files) => zone.add(files),
    close() { for (const each of histories) each.close(); sending?.abort(); },
  };
}
