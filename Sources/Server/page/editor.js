// Changes a page: what the element clicked in the preview is like, fields to change it, and words for an engine that
// follows them. Owns no revision; each change is handed on as the body of an edit. What the preview says is only data.
import { button, h } from "./dom.js";

/** `rgb(…)` as a colour field wants it; nothing for what is see-through. */
function hexOf(color) {
  const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
  return alpha ? "#" + [red, green, blue].map((part) => Math.round(part).toString(16).padStart(2, "0")).join("") : "";
}

export class Editor {
  #chosen = null;
  #form = h("div", { class: "chosen" });
  #instruction = h("textarea", { rows: 2, id: "instruction", placeholder: "Make the button green" });

  /**
   * @param canFollow whether the engine follows instructions.
   * @param apply called with an edit and the selector to point at afterwards (null for none).
   * @param walk puts the keyboard into the preview.
   */
  constructor({ canFollow, apply, walk, leave }) {
    this.apply = apply;
    this.walk = walk;
    const send = button("Change", () => this.#instruct(), { kind: "main", disabled: !canFollow });
    this.#instruction.disabled = !canFollow;
    this.element = h("section", { class: "card editor", "aria-labelledby": "editing" },
      h("div", { class: "bar" }, h("h2", { id: "editing", tabindex: -1 }, "Edit"), h("span", { class: "grow" }),
        button("", leave, { picture: "close", label: "Stop editing", kind: "round" })),
      this.#form,
      h("div", { class: "instruct" }, h("label", { for: "instruction" }, "Or say what to change"), this.#instruction,
        canFollow ? h("div", { class: "bar end" }, send)
          : h("p", { class: "quiet" }, "The model in use only writes pages from pictures and follows no words. "
            + "Changes by hand work without a model.")));
    this.show(null);
  }

  /** Shows what was chosen in the preview; null for nothing. */
  show(message) {
    const named = (element) => element.name || element.title, active = document.activeElement;
    const focused = this.#form.contains(active) ? named(active) : null;
    this.#chosen = message && {
      tag: String(message.tag), selector: String(message.selector), text: String(message.text ?? ""),
      children: Number(message.children) || 0, style: message.style ?? {}, attributes: message.attributes ?? {},
      byKey: message.byKey === true,
    };
    this.#form.replaceChildren(...this.#chosen ? this.#fields() : [
      h("p", { class: "quiet" }, "Click an element in the page. With the keyboard: ",
        button("walk the page", this.walk, { kind: "link" }), " with the arrow keys and choose with Enter.")]);
    const controls = [...this.#form.querySelectorAll("input, textarea, button")];
    if (focused) controls.find((each) => named(each) === focused)?.focus({ preventScroll: true });
    else if (this.#chosen?.byKey) this.#form.querySelector("input, textarea")?.focus();
  }

  #fields() {
    const { tag, text, children, style, attributes } = this.#chosen;
    const field = (label, input, note) =>
      h("label", { class: "field" }, h("span", null, label), input, note && h("small", null, note));
    const given = (input, value) => { input.defaultValue = value; input.value = value; return input; };
    const colour = (name, css) => {
      const value = hexOf(String(style[css] ?? ""));
      const input = given(h("input", { name, type: "color", "data-css": css }), value || "#ffffff");
      input.addEventListener("input", () => { input.dataset.touched = "yes"; });
      return field(name, input, value ? value : "none");
    };
    const plain = { autocomplete: "off", spellcheck: "false" };
    const measure = (name, css) =>
      field(name, given(h("input", { name, "data-css": css, ...plain }), String(style[css] ?? "")));
    const names = Object.keys(attributes).filter((name) => name !== "style");
    const attribute = h("input", { name: "attribute", list: "attributes", placeholder: "href", "aria-label": "Attribute", ...plain });
    const value = h("input", { name: "value", placeholder: "value", "aria-label": "Its value", ...plain });
    attribute.addEventListener("input", () => {
      if (names.includes(attribute.value)) value.value = attributes[attribute.value];
    });
    const at = (operation, keep) => this.#operate([operation], keep);
    return [
      h("p", { class: "where" }, h("code", null, `<${tag}>`), " ", h("span", { class: "quiet" }, this.#chosen.selector)),
      h("form", { class: "edit-form", submit: (event) => { event.preventDefault(); this.#save(event.currentTarget); } },
        children ? h("p", { class: "quiet" }, "It holds other elements; choose one of them to change its words.")
          : field("Text", given(h("textarea", { name: "text", rows: 2 }), text)),
        h("div", { class: "fields" }, colour("Colour", "color"), colour("Background", "background-color"),
          measure("Font size", "font-size"), measure("Padding", "padding")),
        h("div", { class: "field" }, h("span", null, "Attribute"), h("div", { class: "two" }, attribute, value),
          h("small", null, "Without a value it is taken away."),
          h("datalist", { id: "attributes" }, names.map((name) => h("option", { value: name })))),
        h("p", { class: "error", role: "alert", hidden: true }),
        h("button", { class: "main wide", type: "submit", title: "Apply" }, "Apply")),
      tag !== "body" && h("div", { class: "bar tools" },
        button("Move up", () => at({ move: "up" }, false), { picture: "up" }),
        button("Move down", () => at({ move: "down" }, false), { picture: "lower" }),
        button("Duplicate", () => at({ duplicate: true }, true), { picture: "copy" }),
        button("Remove", () => at({ remove: true }, false), { picture: "bin", kind: "danger-quiet" })),
    ].filter(Boolean);
  }

  #save(form) {
    const error = form.querySelector(".error"), operations = [], style = {};
    const say = (words) => { error.textContent = words; error.hidden = false; };
    error.hidden = true;
    for (const input of form.querySelectorAll("[data-css]")) {
      if (input.value === input.defaultValue && !input.dataset.touched) continue;
      const { css } = input.dataset, typed = input.value.trim();
      const value = input.type === "color" ? typed : typed.replace(/^[\d.]+$/, "$&px");
      if (!CSS.supports(css, value)) {
        input.focus();
        return say(`“${input.value}” is no ${input.name.toLowerCase()}. Try 16px.`);
      }
      style[css] = value;
    }
    const { text, attribute, value } = form.elements;
    if (text && text.value !== text.defaultValue) operations.push({ set_text: text.value });
    if (Object.keys(style).length) operations.push({ set_style: style });
    const name = attribute.value.trim();
    if (name) operations.push({ set_attribute: { name, value: value.value === "" ? null : value.value } });
    if (!operations.length) return say("Nothing was changed yet.");
    this.#operate(operations, true);
  }

  #operate(operations, keep) {
    const { selector } = this.#chosen;
    this.apply({ operations: operations.map((operation) => ({ selector, ...operation })) }, keep ? selector : null);
  }
  #instruct() {
    const instruction = this.#instruction.value.trim();
    if (!instruction) return this.#instruction.focus();
    this.apply({ instruction, ...(this.#chosen && { selector: this.#chosen.selector }) }, null);
  }
}

/** What an edit did, in a few words. */
export function editWords(edit) {
  if (!edit) return "As it was written";
  if (edit.instruction) return `“${edit.instruction}”`;
  const words = { set_text: "words", set_style: "look", set_attribute: "attribute", set_html: "content", remove: "removed",
    duplicate: "duplicated", move: "moved" };
  const said = new Map();
  for (const operation of edit.operations ?? []) {
    const element = /([a-z][\w-]*)(?::nth-of-type\(\d+\))?$/i.exec(operation.selector)?.[1] ?? operation.selector;
    const change = words[Object.keys(operation).find((key) => key in words)] ?? "changed";
    said.set(element, [...said.get(element) ?? [], change]);
  }
  return [...said].map(([element, changes]) => `${element}: ${changes.join(", ")}`).join("; ") || "Changed";
}
