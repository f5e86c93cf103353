// One conversion: while it is made, when it failed, and above all when it is there. Design and page side by side or laid
// over each other, the page at several widths, its code, its receipt, its revisions, and changing it.
import { explain, load, loadBlob, picture, request } from "./api.js";
import { codeView } from "./code.js";
import { announce, arrange, button, choice, h, moment, plural, save, toast } from "./dom.js";
import { Editor, editWords } from "./editor.js";
import { remove } from "./history.js";
import { JobView, reportList } from "./job.js";
import { Receipt } from "./receipt.js";
import { score, scoreWords } from "./score.js";
import { Sheet, pageFrame, sized } from "./sheet.js";
import { overlay } from "./slider.js";

const views = [["side", "Side by side"], ["over", "Overlay"], ["page", "Page"], ["code", "Code"]];
const widths = [["own", "Design’s own"], ["390", "390"], ["768", "768"], ["1280", "1280"]];
const heights = { 390: 844, 768: 1024, 1280: 800 };
const isOpen = (conversion) => conversion.status === "queued" || conversion.status === "running";

export class ConversionView {
  #conversion;
  #revisions = [];
  #job = null;
  #frame = null;
  #editor = null;
  #point = null;
  #width = "own";
  #bench = h("div", { class: "bench mat" });
  #panel = h("aside", { class: "panel", "aria-label": "About this page" });
  #head = h("div", { class: "heading" });
  #bar = h("div", { class: "bar views" });
  #fitTo = null;
  #isApplying = false;
  #receipt = null;
  #compared = "design";
  #story = h("div", { class: "story" });
  #result = h("section", { class: "exhibit", "aria-label": "Result" }, this.#bar, this.#bench, this.#story);
  element = h("div", { class: "page wide" }, this.#head, h("div", { class: "workbench" }, this.#result, this.#panel));

  /**
   * @param begun the conversion itself, where it has just begun.
   * @param go called with parameters of the address that change, and whether that is a step to come back to.
   * @param again called with pictures to be tried once more.
   */
  constructor({ id, begun, engine, go, again }) {
    Object.assign(this, { id, engine, go, again });
    this.#conversion = begun;
    addEventListener("message", this);
    addEventListener("keydown", this);
    // It sticks to the window beside the longer panel; the style sheet needs to know its height for that.
    const measure = ([{ target }]) => target.style.setProperty("--height", target.offsetHeight + "px");
    new ResizeObserver(measure).observe(this.#result);
  }
  get title() { return `${this.#conversion?.name ?? "Conversion"} · Bottega`; }
  close() {
    this.#job?.close();
    removeEventListener("message", this);
    removeEventListener("keydown", this);
  }

  /** Brings what the parameters name. Throws `Problem`. */
  async show(parameters) {
    const { revision } = this.parameters = parameters;
    if (!this.#conversion || (revision ?? this.#conversion.latest_revision) !== this.#conversion.revision) {
      this.#conversion = await load(`/v1/conversions/${this.id}` + (revision ? `?revision=${revision}` : ""));
      await this.#loadRevisions();
    }
    this.#begin();
    this.#draw();
  }
  async #loadRevisions() {
    if (!this.#conversion.revision) return;
    const { data } = await load(`/v1/conversions/${this.id}/revisions`);
    this.#revisions = data.sort((one, other) => one.number - other.number);
  }

  // The job

  #begin() {
    if (this.#job || !isOpen(this.#conversion)) return;
    const { job } = this.#conversion;
    const measures = this.engine.measures !== false;
    this.#job = new JobView(this.#conversion, measures, async (conversion, problem) => {
      this.#job.close();
      this.#job = null;
      if (conversion) return this.#arrive(conversion, job.kind === "edit");
      try { this.#conversion = await load(`/v1/conversions/${this.id}`); } catch {
        Object.assign(this.#conversion, { status: "failed", error: problem });
      }
      if (this.#conversion.revision) toast(explain(problem));
      announce(explain(problem));
      this.#draw();
    });
  }

  async #arrive(conversion, isStep) {
    this.#conversion = conversion;
    try { await this.#loadRevisions(); } catch (problem) { toast(explain(problem)); }
    announce(isStep ? `Revision ${conversion.revision} is there` : "The page is written");
    if (isStep) this.#step(conversion.revision, conversion.job.parent_revision);
    this.#draw();
  }
  /** A step to another revision, from which the way back leads to the one before it. */
  #step(revision, from) {
    this.go({ revision: from });
    this.go({ revision }, true);
  }

  // Drawing

  get #pages() {
    const { designs, files, entry } = this.#conversion;
    const pathOf = ({ name }) => files.find(({ path }) => path === `${name}/index.html`)?.path ?? null;
    return designs.map((design) => ({ design, file: designs.length === 1 ? entry : pathOf(design) }));
  }
  get #page() { return this.#pages[Math.min(this.parameters.page ?? 0, this.#pages.length - 1)]; }

  /** Draws all of it anew; the keyboard stays at what it was at, or at what took its place. */
  #draw() {
    const active = document.activeElement, isInside = this.element.contains(active);
    this.#drawAll();
    if (!isInside || document.activeElement === active) return;
    const nameOf = (element) => element.title || element.ariaLabel || element.textContent;
    const heir = [...this.element.querySelectorAll("button, select")].find((each) => nameOf(each) === nameOf(active));
    (active.isConnected ? active : heir && !heir.disabled ? heir : document.getElementById("editing"))?.focus({ preventScroll: true });
  }
  #drawAll() {
    const conversion = this.#conversion, hasPage = conversion.revision !== null;
    this.#drawHead();
    this.#bar.replaceChildren();
    this.#frame = this.#fitTo = null;
    if (hasPage) this.#readReceipt();
    if (hasPage) this.#drawResult();
    else if (this.#job) this.#bench.replaceChildren(this.#job.element);
    else this.#bench.replaceChildren(this.#failure());
    const made = () => h("section", { class: "card", "aria-labelledby": "made" },
      h("h2", { id: "made" }, "How it was made"), reportList(conversion.report));
    const about = hasPage ? [this.#editor?.element, this.#receipt.card, this.#receipt.differences, this.#revisionCard(),
      !this.#editor && made()] : [];
    arrange(this.#panel, [this.#job?.panel, ...about].filter(Boolean));
    arrange(this.#story, hasPage && this.#receipt.repairs ? [this.#receipt.repairs] : []);
    document.title = this.title;
  }

  #drawHead() {
    const { name, revision, created_at: created, stack, designs } = this.#conversion;
    const before = this.#revisions.find((each) => each.number === revision)?.parent;
    const after = this.#revisions.findLast((each) => each.parent === revision)?.number;
    const facts = h("p", { class: "quiet" }, stack, " · ", moment(created),
      designs.length > 1 && ` · ${plural(designs.length, "picture")}`,
      scoreWords(this.#conversion) && [" · ", scoreWords(this.#conversion)]);
    const discard = async () => { if (await remove(this.#conversion)) location.hash = "#/"; };
    const title = h("div", null, h("h1", null, name), facts);
    this.#head.replaceChildren(title, h("span", { class: "grow" }), h("div", { class: "bar" },
      revision && [
        button("", () => this.#turn(before), { picture: "undo", label: "Undo", disabled: !before }),
        button("", () => this.#turn(after), { picture: "redo", label: "Redo", disabled: !after }),
        button("Edit", () => this.#edit(!this.#editor), { picture: "pointer", "aria-pressed": Boolean(this.#editor) }),
        button("Download", () => this.#download(), { picture: "down", kind: "main", label: "Download as zip" })],
      button("", discard, { picture: "bin", label: "Delete" })));
  }

  /** The receipt of the page that is shown; the same one as long as that is the same. */
  #readReceipt() {
    const { revision, receipts, designs, name } = this.#conversion, { design } = this.#page, number = designs.indexOf(design);
    const about = `${revision}/${number}`;
    if (this.#receipt?.about === about) return;
    const parent = this.#revisions.find((each) => each.number === revision)?.parent ?? null;
    this.#receipt = new Receipt(receipts?.find((each) => each.design === number), {
      name: designs.length > 1 ? design.name : name, parent, measures: this.engine.measures !== false,
      again: () => this.#again() });
    this.#receipt.about = about;
  }
  get #hasDraft() { return Boolean(this.#receipt.receipt?.draft_picture_url); }

  #drawResult() {
    const view = this.parameters.view ?? "side", pages = this.#pages, { design, file } = this.#page;
    const turn = (change) => {
      Object.assign(this.parameters, change);
      this.go(change);
      this.#draw();
    };
    this.#bar.append(choice("View", views, view, (next) => turn({ view: next })));
    if (pages.length > 1) {
      const option = (page, index) => h("option", { value: index, selected: page.design === design },
        `${index + 1} of ${pages.length}: ${page.design.name}`);
      const choose = () => turn({ page: Number(list.value) });
      const list = h("select", { "aria-label": "Picture", change: choose }, pages.map(option));
      this.#bar.append(list);
    }
    const isCompared = this.#hasDraft && !this.#editor && (view === "side" || view === "over");
    if (isCompared) {
      const pairs = [["design", "Design and page"], ["draft", "Before and after"]];
      this.#bar.append(choice("Compared", pairs, this.#compared, (next) => {
        this.#compared = next;
        this.#draw();
      }));
    }
    this.#receipt.marks.clear();
    if (isCompared && this.#compared === "draft") return this.#bench.replaceChildren(this.#repaired(view));
    this.#bench.replaceChildren(view === "code" ? this.#code(pages.length > 1 ? design.name + "/" : "")
      : !file ? h("p", { class: "lone" }, "There is no page for this picture in this revision.")
      : view === "over" ? this.#over(design, file) : view === "page" ? this.#alone(design, file) : this.#side(design, file));
  }

  #preview(path) {
    const { preview_url: url, entry } = this.#conversion, isEditing = this.#editor !== null;
    const encode = (path) => path.split("/").map(encodeURIComponent).join("/");
    const folder = url.slice(0, url.length - encode(entry).length), purpose = isEditing ? "" : "#measure";
    this.#frame = pageFrame(`${folder}${encode(path)}?select=1${purpose}`, `The page for ${this.#page.design.name}`);
    this.#frame.addEventListener("load", ({ target }) => {
      if (this.#point && isEditing) target.contentWindow.postMessage({ type: "bottega:point", selector: this.#point }, "*");
      this.#point = null;
    });
    return this.#frame;
  }

  #side(design, file) {
    const left = new Sheet("Design"), right = new Sheet("Page");
    left.put(design.width, design.height, picture(design.url, `The design ${design.name}`));
    right.put(design.width, design.height, this.#preview(file));
    this.#fitTo = (height) => right.resize(design.width, Math.max(height, design.height));
    this.#receipt.marks.lay(left, "design");
    this.#receipt.marks.lay(right, "result");
    return h("div", { class: "pair" }, left.element, right.element);
  }
  #over(design, file) {
    const sheet = new Sheet("Design and page"), page = h("div", null, this.#preview(file));
    const { width = null, height = null, heat_map_url: url } = this.#receipt.receipt ?? {};
    const tall = Math.max(design.height, height ?? 0);
    this.#frame.tabIndex = -1;
    sheet.put(Math.max(design.width, width ?? 0), tall);
    const heat = url && sized(picture(url, "Where the page differs from the design"), width, height);
    const below = sized(picture(design.url, `The design ${design.name}`), design.width, design.height);
    const ways = overlay(sheet.paper, below, page, { heat });
    sized(this.#frame, design.width, tall);
    sheet.title.replaceWith(...ways);
    this.#receipt.marks.lay(sheet, "design", "result");
    return sheet.element;
  }
  /** The page before the repairs and after them, as it was shown when it was measured. */
  #repaired(view) {
    const { draft_picture_url: draft, picture_url: result, width, height } = this.#receipt.receipt;
    const laid = (url, words, sheet) => {
      const image = sized(picture(url, words), width, height);
      image.addEventListener("load", () => {
        const { naturalWidth: wide, naturalHeight: tall } = image;
        sized(image, wide, tall);
        if (view === "side") sheet.resize(wide, tall);
      });
      return image;
    };
    const [one, other] = ["Before the repairs", "After the repairs"].map((title) => new Sheet(title));
    if (view === "over") {
      one.put(width, height);
      const ways = overlay(one.paper, laid(draft, "The page before the repairs"), laid(result, "The page after the repairs"),
        { names: ["draft", "repaired page"] });
      one.title.replaceWith(...ways);
      this.#receipt.marks.lay(one, "result");
      return one.element;
    }
    one.put(width, height, laid(draft, "The page before the repairs", one));
    other.put(width, height, laid(result, "The page after the repairs", other));
    this.#receipt.marks.lay(other, "result");
    return h("div", { class: "pair" }, one.element, other.element);
  }
  #alone(design, file) {
    const sheet = new Sheet("Page"), lay = () => {
      const width = this.#width === "own" ? design.width : Number(this.#width), least = heights[width] ?? design.height;
      sheet.put(width, least, this.#preview(file));
      this.#fitTo = (height) => sheet.resize(width, Math.max(height, least));
      this.#receipt.marks.clear();
      if (width === design.width) this.#receipt.marks.lay(sheet, "result");
    };
    lay();
    sheet.title.replaceWith(choice("Width", widths, this.#width, (width) => { this.#width = width; lay(); }));
    return sheet.element;
  }
  #code(folder) {
    const files = this.#conversion.files.filter((file) => file.path.startsWith(folder));
    return codeView(files.length ? files : this.#conversion.files, (file) => loadBlob(file.url));
  }

  async #again() {
    const fileOf = async ({ url, name, media_type: type }) =>
      new File([await loadBlob(url)], `${name}.${type.split("/")[1]}`, { type });
    try { this.again(await Promise.all(this.#conversion.designs.map(fileOf))); } catch (problem) { toast(explain(problem)); }
  }
  #failure() {
    const { error, status, designs } = this.#conversion;
    return h("div", { class: "lone" }, h("h2", null, status === "cancelled" ? "Cancelled" : "This could not be done"),
      h("p", null, explain(error ?? { message: "There is no page yet" })),
      h("div", { class: "bar" }, button("Try again", () => this.#again(), { kind: "main" })),
      h("div", { class: "failed-designs" }, designs.map((design) => picture(design.url, `The design ${design.name}`))));
  }

  // Revisions and edits

  #revisionCard() {
    const row = ({ number, edit, created_at: created, score: total }) => h("li", null,
      h("button", { type: "button", "aria-current": number === this.#conversion.revision, click: () => this.#turn(number) },
        h("b", null, number), h("span", null, editWords(edit)), typeof total === "number" && h("small", null, score(total)),
        moment(created)));
    return h("section", { class: "card", "aria-labelledby": "revisions" }, h("h2", { id: "revisions" }, "Revisions"),
      h("ol", { class: "revisions" }, this.#revisions.map(row).reverse()));
  }
  #turn(number) { if (number && number !== this.#conversion.revision) this.#step(number, this.#conversion.revision); }

  #edit(isOn) {
    this.#editor = !isOn ? null : new Editor({
      canFollow: this.engine.follows_instructions, apply: (edit, keep) => this.#apply(edit, keep),
      walk: () => this.#frame?.focus(), leave: () => this.#edit(false),
    });
    if (isOn && (this.parameters.view === "code" || this.parameters.view === "over")) {
      this.parameters.view = "page";
      this.go({ view: "page" });
    }
    this.#draw();
    if (isOn) document.getElementById("editing").focus({ preventScroll: true });
    else this.#head.querySelector("[aria-pressed]").focus({ preventScroll: true });
  }

  async #apply(edit, keep) {
    if (this.#job) return toast("Wait until the change before this one is done.");
    if (this.#isApplying) return;
    this.#isApplying = true;
    try {
      const conversion = await load(`/v1/conversions/${this.id}/edits`, {
        method: "POST", json: { ...edit, file: this.#page.file, revision: this.#conversion.revision },
        headers: { Accept: "application/json", Prefer: edit.instruction ? "respond-async" : "wait=20" } });
      this.#point = keep;
      if (!keep) this.#editor?.show(null);
      if (!isOpen(conversion)) return await this.#arrive(conversion, true);
      const shown = this.#conversion.revision;
      this.#conversion = { ...this.#conversion, status: conversion.status, job: conversion.job, revision: shown };
      this.#begin();
      this.#draw();
    } catch (problem) { toast(explain(problem)); } finally { this.#isApplying = false; }
  }

  async #download() {
    const { archive_url: url, name } = this.#conversion;
    try { save(await loadBlob(url), `${name}.zip`); } catch (problem) { toast(explain(problem)); }
  }

  handleEvent(event) {
    if (event.type === "message") {
      if (!this.#frame || event.source !== this.#frame.contentWindow) return;
      const { type, height } = event.data ?? {};
      if (type === "bottega:size" && height > 0 && height < 40_000) this.#fitTo?.(Math.ceil(height));
      if (type === "bottega:select") this.#editor?.show(event.data);
      if (type === "bottega:clear") this.#editor?.show(null);
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      if (event.target.closest?.("input, textarea, dialog")) return;
      this.#head.querySelector(event.shiftKey ? "[title=Redo]" : "[title=Undo]")?.click();
      event.preventDefault();
    }
  }
}
