// What lies on the bench: a picture or a page at its true size in pixels, scaled down until it fits, under a ruler that
// tells its size. Frames are always new elements, so that what they show leaves no trace in the browser's history.
import { h } from "./dom.js";

/** A generated page in a sandbox: its scripts run, without an origin. It has no scroll bars, which would take room from it. */
export const pageFrame = (url, title) =>
  h("iframe", { src: url, title, sandbox: "allow-scripts", scrolling: "no", referrerpolicy: "no-referrer" });

/** A picture or a frame that keeps its own size, in pixels before scaling, whatever the size of its sheet is. */
export function sized(element, width, height) {
  Object.assign(element.style, { width: width + "px", height: height + "px" });
  element.dataset.sized = "";
  return element;
}

/** A sheet with a caption; `put` lays something on it. */
export class Sheet {
  #ruler = h("div", { class: "ruler", "aria-hidden": "true" });
  #size = [1, 1];
  paper = h("div", { class: "paper" });
  title = h("b");
  #note = h("span", { class: "quiet" });

  constructor(caption) {
    this.title.textContent = caption;
    this.element = h("figure", { class: "sheet" },
      h("figcaption", { class: "bar" }, this.title, h("span", { class: "grow" }), this.#note),
      h("div", { class: "fit" }, this.#ruler, this.paper));
    new ResizeObserver(() => requestAnimationFrame(() => this.#fit())).observe(this.element.lastChild);
  }

  /** Lays elements on the paper, each `width` × `height` pixels large before scaling, unless it is `sized`. */
  put(width, height, ...contents) {
    this.paper.replaceChildren(...contents);
    this.resize(width, height);
  }
  /** Gives what lies on the paper another size. */
  resize(width, height) {
    this.#size = [width, height];
    for (const each of this.paper.querySelectorAll(":is(img, iframe):not([data-sized])")) {
      Object.assign(each.style, { width: width + "px", height: height + "px" });
    }
    this.#fit();
  }

  #fit() {
    const [width, height] = this.#size, room = this.element.lastChild.clientWidth;
    if (!room) return;
    const scale = Math.min(1, room / width);
    const step = [10, 20, 50, 100, 200].find((each) => each * scale >= 6) ?? 500;
    this.paper.style.setProperty("--scale", scale);
    Object.assign(this.paper.style, { width: width * scale + "px", height: height * scale + "px" });
    this.#ruler.style.width = width * scale + "px";
    this.#ruler.style.setProperty("--tick", step * scale + "px");
    const marks = [];
    for (let at = step * 10; at * scale < width * scale - 16; at += step * 10) {
      const mark = h("span", null, at);
      mark.style.left = at * scale + "px";
      marks.push(mark);
    }
    this.#ruler.replaceChildren(...marks);
    this.#note.textContent = `${width} × ${height}${scale < 1 ? ` at ${Math.round(scale * 100)} %` : ""}`;
  }
}

/**
 * A page that is still being written. It lives in a frame of our own origin in which no script may run. The page's policy
 * allows no inline style there, so its rules come in as constructed style sheets and as properties, which are no markup.
 */
export class DraftFrame {
  #html;
  element = h("iframe", { title: "The page as it is written", sandbox: "allow-same-origin", scrolling: "no", tabindex: -1,
    inert: true, srcdoc: "<!doctype html><title>Draft</title>", load: () => this.#draw() });

  show(html) {
    this.#html = html;
    this.#draw();
  }

  #draw() {
    const place = this.element.contentDocument, Styles = this.element.contentWindow?.CSSStyleSheet;
    if (!this.#html || !place?.documentElement || place.title !== "Draft" && !place.isDraft) return;
    const rules = [];
    const refused = /([\s"'/])(style|on\w+|srcset|src(?!\s*=\s*["']?data:image))(?=\s*=)/gi;
    const markup = this.#html
      .replace(/<style[^>]*>([^]*?)(?:<\/style>|$)/gi, (_, css) => { rules.push(css); return ""; })
      .replace(/<(script|iframe|object)\b[^]*?(?:<\/\1>|$)/gi, "").replace(/<(?:meta|link|base)\b[^>]*>/gi, "")
      .replace(/<[a-z][^<>]*>/gi, (tag) => tag.replace(refused, "$1data-$2"));
    const draft = new DOMParser().parseFromString(markup, "text/html");
    place.adoptedStyleSheets = rules.map((css) => {
      const sheet = new Styles();
      sheet.replaceSync(css);
      return sheet;
    });
    place.replaceChild(place.adoptNode(draft.documentElement), place.documentElement);
    place.isDraft = true;
    for (const each of place.querySelectorAll("[data-style]")) each.style.cssText = each.dataset.style;
    place.scrollingElement.scrollTop = place.scrollingElement.scrollHeight;
  }
}
