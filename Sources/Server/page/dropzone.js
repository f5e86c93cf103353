// Takes pictures, folders of them and recordings in: dropped anywhere, pasted, or chosen. Each is looked at here, so that
// what the service would refuse is said before it is sent; the limits are the service's own. Owns the list and nothing that
// happens to what is in it.
import { bytes, button, h, icon, plural } from "./dom.js";

const known = /^image\/(png|jpeg|webp|gif|bmp|avif)$/, archive = /^application\/(zip|x-zip-compressed)$/;
const accepted = "image/png,image/jpeg,image/webp,image/gif,image/bmp,image/avif,.zip,video/*,.mkv,.mov,.avi";
const videos = { mp4: "video/mp4", mov: "video/quicktime", webm: "video/webm", mkv: "video/x-matroska", avi: "video/x-msvideo" };

/** What a file says that it is; by its name where the system does not know. */
function typeOf({ type, name }) {
  const ending = name.split(".").pop().toLowerCase();
  return type || videos[ending] || (ending === "zip" ? "application/zip" : "image/" + ending.replace("jpg", "jpeg"));
}
const isVideo = (file) => typeOf(file).startsWith("video/");

/** Everything in a folder, each file with its `folderPath`. Hidden files are left where they are. */
async function filesIn(entry) {
  if (entry.name.startsWith(".")) return [];
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    file.folderPath = entry.fullPath.slice(1);
    return [file];
  }
  const reader = entry.createReader(), all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return all;
    for (const each of some) all.push(...await filesIn(each));
  }
}

/** The files that a paste or a drop carries, those in folders too. What it holds must be asked for before anything waits. */
export async function filesOf(transfer) {
  const entries = [...transfer?.items ?? []].map((item) => item.kind === "file" ? item.webkitGetAsEntry?.() : null);
  const files = [...transfer?.files ?? []];
  if (!entries.some((entry) => entry?.isDirectory)) return files;
  return (await Promise.all(entries.filter(Boolean).map(filesIn))).flat();
}

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
  #folder = h("input", { type: "file", webkitdirectory: true, id: "choose-folder", class: "unseen", tabindex: -1,
    "aria-hidden": true, change: () => {
      const files = [...this.#folder.files].filter(({ webkitRelativePath: path }) => !/(^|\/)\./.test(path));
      for (const file of files) file.folderPath = file.webkitRelativePath;
      this.add(files);
      this.#folder.value = "";
    } });
  #list = h("ul", { class: "pictures", "aria-label": "What is to be sent" });
  #error = h("p", { class: "error", role: "alert", hidden: true });
  #words = h("strong", null, "Drop pictures, a folder or a recording here");
  #invitation = h("label", { for: "choose", class: "invitation" }, icon("picture"), this.#words,
    h("span", null, "or choose them", h("span", { class: "paste" }, ", or paste one with ", h("kbd", null, "Ctrl V"))));
  #more = button("Choose a folder", () => this.#folder.click(), { kind: "link" });
  element = h("div", { class: "dropzone mat" }, this.#input, this.#folder, this.#invitation,
    h("p", { class: "folder" }, this.#more), this.#list, this.#error);

  /** @param limits of /v1/engine. @param changed called after each change. */
  constructor(limits, changed) {
    this.limits = limits;
    this.changed = changed;
  }

  /** The recording, where that is what was given. */
  get recording() { return this.items.find(({ file }) => isVideo(file))?.file ?? null; }
  /** Whether a folder was given. */
  get hasFolder() { return this.items.some(({ file }) => file.folderPath?.includes("/")); }
  /** Whether there is more than one picture, or may be. */
  get hasMany() { return this.items.length > 1 || this.hasFolder || this.items.some(({ file }) => archive.test(typeOf(file))); }

  async add(files) {
    const refused = [];
    for (const file of files) {
      // A folder may hold anything; what is no picture of it stays where it is.
      if (file.folderPath && !known.test(typeOf(file))) continue;
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
    const type = typeOf(file), name = `“${file.name}”`, { archive_entries: files, image_bytes: most, video_bytes: longest } = this.limits;
    if (isVideo(file)) {
      if (this.items.length) return `${name} was left out: a recording is analysed alone. Clear the list first.`;
      return file.size > longest ? `${name} has ${bytes(file.size)}; the most is ${bytes(longest)}. Cut it first.` : undefined;
    }
    if (this.recording) return `${name} was left out: a recording is analysed alone. Clear the list first.`;
    if (this.items.length >= files) return `${name} was left out: ${plural(files, "picture")} at a time are possible here.`;
    if (/^image\/svg/.test(type)) return `${name} is a vector drawing. Export it as PNG first.`;
    if (!known.test(type) && !archive.test(type)) {
      return `${name} cannot be read here. PNG, JPEG, WebP, GIF, BMP and AVIF can, zips of them, and recordings of screens.`;
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
    this.#words.textContent = this.items.length ? "Add more pictures" : "Drop pictures, a folder or a recording here";
    this.#more.parentElement.hidden = this.items.length > 0;
    this.#invitation.hidden = this.recording !== null;
    this.#list.replaceChildren(...this.items.map(({ file, url, unreadable, width, height }, index) => h("li", null,
      url && !unreadable ? h("img", { src: url, alt: "" }) : h("span", { class: "no-picture" }, icon("picture")),
      h("span", { class: "name", title: file.folderPath }, file.name),
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
