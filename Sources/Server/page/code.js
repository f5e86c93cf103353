// Shows code: a small highlighter for HTML, CSS and JavaScript, line numbers, and the files of a revision as tabs.
// Everything reaches the page as text; a highlighter that misreads something can only colour it wrongly.
import { button, bytes, copy, h, save, toast } from "./dom.js";

const string = /"(?:\\[^]|[^"\\\n])*"?|'(?:\\[^]|[^'\\\n])*'?/y, comment = /\/\*[^]*?(?:\*\/|$)/y;
const words = "as async await break case catch class const continue default delete do else export extends false finally for "
  + "from function if import in instanceof let new null of return static super switch this throw true try typeof undefined "
  + "var void while yield";
const rules = {
  css: [["comment", comment], ["string", string], ["word", /@[\w-]+|!important\b/y],
    ["number", /#[\da-f]{3,8}\b(?!\s*\{)|[-+]?(?:\d*\.)?\d+(?:%|[a-z]+\b)?/yi],
    ["name", /--[\w-]+|[\w-]+(?=\s*:[^;{}]{0,400}[;}])/y],
    ["tag", /[\w.#*>+~[\]=-]+(?=[^{};]{0,400}\{)/y], ["", /[\w-]+|\s+|[^]/y]],
  js: [["comment", comment], ["comment", /\/\/.*/y], ["string", string], ["string", /`(?:\\[^]|[^`\\])*`?/y],
    ["number", /\b(?:0[xob][\da-f_]+|\d[\d_]*(?:\.\d+)?(?:e[-+]?\d+)?)n?\b/yi],
    ["word", new RegExp(`\\b(?:${words.replaceAll(" ", "|")})\\b`, "y")],
    ["name", /[\w$]+(?=\s*\()/y], ["", /[\w$]+|\s+|[^]/y]],
};

/** Pieces `[class, text]` that join up to the text, whatever the text is. */
function pieces(text, language) {
  if (text.length > 400_000 || language !== "html" && !rules[language]) return [["", text]];
  if (language === "html") return htmlPieces(text);
  const found = [];
  for (let at = 0; at < text.length;) {
    for (const [kind, rule] of rules[language]) {
      rule.lastIndex = at;
      const match = rule.exec(text)?.[0];
      if (!match) continue;
      found.push([kind, match]);
      at += match.length;
      break;
    }
  }
  return found;
}

function htmlPieces(text) {
  const found = [];
  let at = 0;
  const take = (kind, rule) => {
    rule.lastIndex = at;
    const match = rule.exec(text)?.[0];
    if (match) { found.push([kind, match]); at += match.length; }
    return match;
  };
  while (at < text.length) {
    if (take("", /[^<&]+/y) || take("comment", /<!--[^]*?(?:-->|$)/y) || take("comment", /<![^>]*>?/y)) continue;
    if (take("number", /&[#\w]+;/y)) continue;
    const opened = take("tag", /<\/?[a-z][\w:-]*/yi);
    if (!opened) { take("", /[^]/y); continue; }
    while (at < text.length && text[at] !== ">" && text[at] !== "<") {
      if (take("", /\s+/y) || take("string", /=\s*(?:"[^"]*"?|'[^']*'?|[^\s>]+)/y)) continue;
      if (!take("name", /[^\s"'<>\/=]+/y)) take("tag", /[^]/y);
    }
    take("tag", />/y);
    const raw = /^<(style|script)$/i.exec(opened)?.[1].toLowerCase();
    if (!raw) continue;
    const rest = text.slice(at), end = rest.search(new RegExp(`</${raw}`, "i")), inner = end < 0 ? rest : rest.slice(0, end);
    found.push(...pieces(inner, raw === "style" ? "css" : "js"));
    at += inner.length;
  }
  return found;
}

const languages = { html: "html", htm: "html", svg: "html", vue: "html", svelte: "html", css: "css", js: "js", mjs: "js", ts: "js",
  jsx: "js", tsx: "js", json: "js" };
const languageOf = (path) => languages[path.split(".").pop().toLowerCase()];

/** The lines of a text, coloured, as elements. */
export function lines(text, path) {
  let line = h("span", { class: "row" });
  const all = [line];
  for (const [kind, piece] of pieces(text, languageOf(path))) {
    piece.split("\n").forEach((part, index) => {
      if (index) { line.append("\n"); all.push(line = h("span", { class: "row" })); }
      if (part) line.append(kind ? h("span", { class: "c-" + kind }, part) : part);
    });
  }
  return all;
}

/** Code that is still being written: drawn at most every 120 ms, kept at its end unless somebody scrolled away. */
export class LiveCode {
  #text = "";
  #path = "";
  #timer;
  element = h("pre", { class: "code", tabindex: 0, "aria-label": "The code as it is written" });

  add(path, text) {
    if (path !== this.#path) this.#text = "";
    this.#path = path;
    this.#text += text;
    if (!this.#timer) this.#draw();
  }
  clear() { this.#text = ""; this.#draw(); }
  #draw() {
    const box = this.element, text = this.#text, isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    box.replaceChildren(...lines(text, this.#path));
    if (isAtEnd) box.scrollTop = box.scrollHeight;
    this.#timer ??= setTimeout(() => { this.#timer = undefined; if (text !== this.#text) this.#draw(); }, 120);
  }
}

/** Files as tabs, one of them shown. `fetchFile` brings what did not come along. */
export function codeView(files, fetchFile) {
  const code = h("pre", { class: "code", tabindex: 0, id: "code", role: "tabpanel" }), size = h("span", { class: "quiet" });
  const tabs = h("div", { class: "tabs small", role: "tablist", "aria-label": "Files", keydown: step });
  let shown;
  const tab = (file) => button(file.path, () => show(file), { role: "tab", "aria-controls": "code" });
  const show = (file) => {
    shown = file;
    [...tabs.children].forEach((each, index) => {
      each.setAttribute("aria-selected", files[index] === file);
      each.tabIndex = files[index] === file ? 0 : -1;
    });
    code.setAttribute("aria-label", file.path);
    size.textContent = bytes(file.bytes);
    const isText = file.text !== undefined;
    code.replaceChildren(...isText ? lines(file.text, file.path) : [`${file.media_type}: only to be downloaded.`]);
    code.scrollTop = 0;
  };
  function step(event) {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move) return;
    const next = (files.indexOf(shown) + move + files.length) % files.length;
    show(files[next]);
    tabs.children[next].focus();
  }
  const take = async (event) => {
    const mark = event.currentTarget.lastChild;
    try { await copy(shown.text ?? ""); } catch { return toast("The browser did not allow copying; select the code instead."); }
    mark.textContent = "Copied";
    setTimeout(() => { mark.textContent = "Copy"; }, 1500);
  };
  tabs.append(...files.map(tab));
  show(files[0]);
  const download = async () => {
    try { save(await fetchFile(shown), shown.path.split("/").pop()); } catch (problem) { toast(problem.message); }
  };
  return h("section", { class: "sheet code-sheet", "aria-label": "Code" },
    h("div", { class: "bar" }, tabs, h("span", { class: "grow" }), size, button("Copy", take, { picture: "copy" }),
      button("File", download, { picture: "down", label: "Download this file" })), code);
}
