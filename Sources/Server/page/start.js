// The first view: pictures in, the options, the upload, and below it what was converted before.
import { explain, load, token, upload } from "./api.js";
import { announce, button, h, plural } from "./dom.js";
import { Dropzone } from "./dropzone.js";
import { History } from "./history.js";

const field = (label, input, hint) =>
  h("label", { class: "field" }, h("span", null, label), input, hint && h("small", null, hint));
const number = (name, attributes) => h("input", { name, type: "number", inputmode: "decimal", ...attributes });

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
      "Where a long page is cut.")));
  options.addEventListener("input", () => { idempotency = token(); });
  const form = h("form", { class: "start", submit: send }, zone.element, error, moving,
    h("div", { class: "bar actions" }, options, clear, go));
  const history = new History();

  async function send(event) {
    event.preventDefault();
    const body = new FormData();
    for (const [name, value] of new FormData(form)) if (value !== "" && !(value instanceof File)) body.append(name, value);
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
