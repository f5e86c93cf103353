// The first view: pictures in, the options, the upload, and below it what was converted before.
import { explain, load, token, upload } from "./api.js";
import { announce, button, h, plural } from "./dom.js";
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

/** @param open called with the conversion that has begun. */
export async function startView(engine, open) {
  const stacks = (await load("/v1/stacks")).data.filter((stack) => stack.available);
  const go = h("button", { class: "main", type: "submit", disabled: true }, "Write the page");
  const clear = button("Clear", () => zone.clear(), { hidden: true });
  const progress = h("progress", { max: 1, value: 0, "aria-label": "Upload" }), state = h("span", { class: "quiet" });
  const stop = button("Stop", () => sending?.abort());
  const moving = h("div", { class: "bar", hidden: true }, progress, state, stop);
  const error = h("p", { class: "error", role: "alert", hidden: true });
  let sending, idempotency = token();
  const zone = new Dropzone(engine.limits, () => {
    const count = zone.items.length;
    go.disabled = clear.hidden = !count;
    go.textContent = count > 1 ? `Write ${plural(count, "page")}` : "Write the page";
    idempotency = token();
  });

  const options = h("details", { class: "options" }, h("summary", null, "Options"), h("div", { class: "fields" },
    field("Stack", h("select", { name: "stack" },
      stacks.map(({ id, name, description }) => h("option", { value: id, title: description }, name)))),
    field("Name", h("input", { name: "name", maxlength: 100, placeholder: "as the picture is called", autocomplete: "off" })),
    field("Temperature", number("temperature", { min: 0, max: 2, step: "any", placeholder: "0" }),
      "0 is the most likely page; more is bolder."),
    field("Seed", number("seed", { min: 0, step: 1, placeholder: "0" }), "The same seed gives the same page."),
    field("Most tokens", number("max_tokens", { min: 1, max: 32768, step: 1, placeholder: "8192" }),
      "Where a long page is cut.")),
    engine.measures !== false && fidelityFields());
  options.addEventListener("input", () => { idempotency = token(); });
  const form = h("form", { class: "start", submit: send }, zone.element, error, moving,
    h("div", { class: "bar actions" }, options, clear, go),
    engine.measures === false && h("p", { class: "quiet" }, "No browser is installed on the server, so pages are left as the "
      + "model writes them: they are not compared with their designs and get no score."));
  const history = new History();

  async function send(event) {
    event.preventDefault();
    const body = new FormData();
    for (const [name, value] of new FormData(form)) {
      if (value === "" || value instanceof File) continue;
      for (const [key, said] of Object.entries(name === "finish" ? finishes[value] : { [name]: value })) body.append(key, said);
    }
    for (const { file } of zone.items) body.append("image", file, file.name);
    sending = new AbortController();
    busy(true);
    try {
      const conversion = await upload("/v1/convert", body, { signal: sending.signal,
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

  return {
    title: "Bottega",
    element: h("div", { class: "page" },
      h("h1", null, h("span", null, "A picture of a screen goes in, "), h("span", null, "a page comes out")), form, history.element),
    take: (files) => zone.add(files),
    close() { history.close(); sending?.abort(); },
  };
}
