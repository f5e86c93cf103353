// Takes pictures in: dropped anywhere, pasted, or chosen. Each is looked at here, so that what the service would refuse is
// said before it is sent; the limits are the service's own. Owns the list of pictures and nothing that happens to them.
import { bytes, button, h, icon, plural } from "./dom.js";

const known = /^image\/(png|jpeg|webp|gif|bmp|avif)$/, archive = /^application\/(zip|x-zip-compressed)$/;
const accepted = "image/png,image/jpeg,image/webp,image/gif,image/bmp,image/avif,.zip";

/** What a file says that it is; by its name where the system does not know. */
function typeOf({ type, name }) {
  const ending = name.split(".").pop().toLowerCase();
  return type || (ending === "zip" ? "application/zip" : "image/" + ending.replace("jpg", "jpeg"));
}

/** The files that a paste or a drop carries. */
export const filesOf = (transfer) => [...transfer?.files ?? []];

export class Dropzone {
  items = [];
  #input = h("input", { type: "file", multiple: true, id: "choose", class: "unseen", accept: accepted, change: () => {
    this.add([...this.#input.files]);
    this.#input.value = "";
  }, keydown: (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.#input.click();
  } });
  #list = h("ul", { class: "pictures", "aria-label": "Pictures to convert" });
  #error = h("p", { class: "error", role: "alert", hidden: true });
  #words = h("strong", null, "Drop pictures of a screen here");
  #invitation = h("label", { for: "choose", class: "invitation" }, icon("picture"), this.#words,
    h("span", null, "or choose them", h("span", { class: "paste" }, ", or paste one with ", h("kbd", null, "Ctrl V"))));
  element = h("div", { class: "dropzone mat" }, this.#input, this.#invitation, this.#list, this.#error);

  /** @param limits of /v1/engine. @param changed called after each change. */
  constructor(limits, changed) {
    this.limits = limits;
    this.changed = changed;
  }

  async add(files) {
    const refused = [];
    for (const file of files) {
      const problem = this.#refusal(file);
      if (problem) { refused.push(problem); continue; }
      const item = { file, url: known.test(typeOf(file)) ? URL.createObjectURL(file) : null };
      if (item.url) {
        const fault = await this.#measure(item);
        if (fault) { URL.revokeObjectURL(item.url); refused.push(fault); continue; }
      }
      this.items.push(item);
    }
    this.#error.textContent = refused.join(" ");
    this.#error.hidden = !refused.length;
    this.#draw();
  }

  clear() {
    for (const { url } of this.items) if (url) URL.revokeObjectURL(url);
    this.items = [];
    this.#draw();
  }

  #refusal(file) {
    const type = typeOf(file), name = `“${file.name}”`, { images, image_bytes: most } = this.limits;
    if (this.items.length >= images) return `${name} was left out: ${plural(images, "picture")} at a time are possible here.`;
    if (/^image\/svg/.test(type)) return `${name} is a vector drawing. Export it as PNG first.`;
    if (!known.test(type) && !archive.test(type)) {
      return `${name} is no picture that can be read here. PNG, JPEG, WebP, GIF, BMP and AVIF can, and zips of them.`;
    }
    if (!file.size) return `${name} is empty.`;
    if (known.test(type) && file.size > most) {
      return `${name} has ${bytes(file.size)}; the most is ${bytes(most)}. Make it smaller first.`;
    }
  }

  /** Reads width and height; a sentence when they are too large. What the browser cannot read, the service may. */
  async #measure(item) {
    const image = new Image();
    image.src = item.url;
    try { await image.decode(); } catch { item.unreadable = true; return; }
    [item.width, item.height] = [image.naturalWidth, image.naturalHeight];
    const { image_side: side, image_pixels: pixels } = this.limits, { width, height, file } = item;
    if (Math.max(width, height) > side) {
      return `“${file.name}” is ${width} × ${height}; at most ${side} a side are possible. Cut it into parts.`;
    }
    if (width * height > pixels) {
      return `“${file.name}” has ${Math.round(width * height / 1e6)} megapixels; the most is ${pixels / 1e6}. Make it smaller first.`;
    }
  }

  #draw() {
    this.element.classList.toggle("filled", this.items.length > 0);
    this.#words.textContent = this.items.length ? "Add more pictures" : "Drop pictures of a screen here";
    this.#list.replaceChildren(...this.items.map(({ file, url, unreadable, width, height }, index) => h("li", null,
      url && !unreadable ? h("img", { src: url, alt: "" }) : h("span", { class: "no-picture" }, icon("picture")),
      h("span", { class: "name" }, file.name),
      h("span", { class: "quiet" }, width && `${width} × ${height} · `, bytes(file.size)),
      button("", () => this.#remove(index), { picture: "close", label: `Remove ${file.name}`, kind: "round" }))));
    this.changed();
  }
  #remove(index) {
    const [{ url }] = this.items.splice(index, 1);
    if (url) URL.revokeObjectURL(url);
    this.#draw();
    (this.#list.children[Math.min(index, this.items.length - 1)]?.querySelector("button") ?? this.#input).focus();
  }
}
