// Small things every part of the page is made with: elements, words for numbers and times, questions, announcements.
// Text is always put in as text, never as markup.

/** An element with attributes (functions are listeners, `undefined` leaves one out, so does `false` but for ARIA), children. */
export function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (typeof value === "boolean" && key.startsWith("aria-")) element.setAttribute(key, String(value));
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** An element of a drawing (SVG), with attributes and children. */
export function drawing(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes ?? {})) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A drawing from the sheet in index.html. */
export const icon = (name) => drawing("svg", { "aria-hidden": "true" }, drawing("use", { href: "#i-" + name }));

/** Gives an element these children; those it has already stay where they are, with their keyboard and their scrolling. */
export function arrange(parent, children) {
  for (const each of [...parent.children]) if (!children.includes(each)) each.remove();
  children.forEach((each, index) => {
    if (parent.children[index] !== each) parent.insertBefore(each, parent.children[index] ?? null);
  });
}

/** A button; with a label but no words it is an icon. */
export function button(words, action, { picture, label, kind = "", ...rest } = {}) {
  return h("button", { type: "button", class: kind, "aria-label": label, title: label, click: action, ...rest },
    picture && icon(picture), words && h("span", null, words));
}

/** Buttons of which one is pressed; calls back with the value of the one that is chosen. */
export function choice(label, options, value, chosen) {
  const group = h("div", { class: "choice", role: "group", "aria-label": label });
  group.append(...options.map(([key, words]) => button(words, () => { group.set(key); chosen(key); }, { "data-key": key })));
  group.set = (key) => {
    for (const each of group.children) each.setAttribute("aria-pressed", each.dataset.key === String(key));
  };
  group.set(value);
  return group;
}

export const bytes = (count) => count < 1000 ? `${count} bytes` : count < 1e6 ? `${(count / 1e3).toFixed(count < 1e4 ? 1 : 0)} kB`
  : `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)} MB`;
export const seconds = (value) => value === undefined || value === null ? "" : value < 0.0095 ? `${(value * 1000).toFixed(0)} ms`
  : `${value.toFixed(value < 10 ? 2 : 1)} s`;
export const plural = (count, one, many = one + "s") => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** A moment as people say it: the time today, the day otherwise. */
export function moment(stamp) {
  const date = new Date(stamp), today = date.toDateString() === new Date().toDateString();
  const parts = today ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short", year: "numeric" };
  const words = date.toLocaleString("en-GB", parts);
  return h("time", { datetime: stamp, title: date.toLocaleString("en-GB") }, today ? `today, ${words}` : words);
}

/** Said once by screen readers. */
export function announce(words) { document.getElementById("live").textContent = words; }

let hiding;
/** Shown for a while at the foot of the page. */
export function toast(words) {
  const place = document.getElementById("toast");
  place.textContent = words;
  place.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { place.hidden = true; }, 7000);
}

/** A question in front of everything: resolves with the form's values, or null when it is put aside. */
export function ask({ title, words, action, kind = "main", fields = [] }) {
  return new Promise((resolve) => {
    const form = h("form", { method: "dialog" }, h("h2", { id: "asked" }, title), h("p", null, words), fields,
      h("div", { class: "bar end" }, button("Cancel", () => dialog.close("")),
        h("button", { class: kind, value: "yes" }, action)));
    const dialog = h("dialog", { "aria-labelledby": "asked", close: () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? Object.fromEntries(new FormData(form)) : null);
    } }, form);
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Hands a file to the browser's downloads. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Puts text on the clipboard, also where the page is not served securely and the newer way is closed. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = h("textarea", { class: "unseen" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser did not let the page copy");
}
