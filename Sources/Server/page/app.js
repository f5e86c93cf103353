// Puts the page together: which view the address names, back and forward, the key, the theme, and what to say while the
// service is away. Addresses: `#/`, `#/c/ID?revision=2&view=code&page=1`, `#/b/ID` for a batch, `#/w/ID` for a workflow.
import { explain, hooks, key, load } from "./api.js";
import { ask, button, h } from "./dom.js";
import { BatchView } from "./batch.js";
import { filesOf } from "./dropzone.js";
import { ConversionView } from "./result.js";
import { startView } from "./start.js";
import { WorkflowView } from "./workflow.js";

const [main, keyButton, themeButton] = ["main", "key", "theme"].map((id) => document.getElementById(id));
let view = null, engine = null, turn = 0, pending = [], begun = null;

// The address

const views = { c: ConversionView, b: BatchView, w: WorkflowView }, letters = { batch: "b", workflow: "w" };

function parse() {
  const [path, query = ""] = location.hash.slice(1).split("?"), [, kind, id = ""] = path.split("/");
  const search = new URLSearchParams(query), view = search.get("view") ?? undefined;
  const number = (name) => /^\d+$/.test(search.get(name) ?? "") ? Number(search.get(name)) : undefined;
  return { kind, id: views[kind] ? id : null, revision: number("revision"), page: number("page"), view };
}

function go(changes, isStep = false) {
  const { kind, id, ...parameters } = { ...parse(), ...changes };
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined)).toString();
  const address = `#/${kind}/${id}${query && "?" + query}`;
  if (address === location.hash) return;
  if (isStep) location.hash = address;
  else history.replaceState(null, "", address);
}

async function route() {
  const mine = ++turn, { kind, id, ...parameters } = parse();
  let next = null;
  try {
    engine ??= await load("/v1/engine");
    if (id !== null && view?.id === id) return await view.show(parameters);
    if (id === null) next = await startView(engine, enter);
    else {
      next = new views[kind]({ id, begun: begun?.id === id ? begun : null, engine, go, again: take });
      begun = null;
      await next.show(parameters);
    }
  } catch (problem) {
    next?.close();
    if (mine !== turn) return;
    view?.close();
    const ways = h("div", { class: "bar" }, button("Try again", route, { kind: "main" }),
      h("a", { class: "button", href: "#/" }, "Start anew"));
    view = { failed: true, title: "Bottega", close() {},
      element: h("div", { class: "lone" }, h("h1", null, "This cannot be shown"), h("p", null, explain(problem)), ways) };
    return swap();
  }
  if (mine !== turn) return next.close();
  const isFirst = !view;
  view?.close();
  view = next;
  swap();
  if (!isFirst) main.focus({ preventScroll: true });
  scrollTo(0, 0);
  if (view.take && pending.length) view.take(pending.splice(0));
}
function enter(conversion) {
  begun = conversion;
  location.hash = `#/${letters[conversion.object] ?? "c"}/${conversion.id}`;
}
function swap() {
  main.replaceChildren(view.element);
  document.title = view.title;
}

// Pictures may be dropped and pasted anywhere

function take(files) {
  if (!files.length) return;
  if (view?.take) return view.take(files);
  pending = files;
  location.hash = "#/";
}
let depth = 0;
function dragging(change) {
  depth = Math.max(0, depth + change);
  document.body.classList.toggle("dragging", depth > 0);
}
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
addEventListener("dragenter", (event) => { if (hasFiles(event)) dragging(1); });
addEventListener("dragleave", (event) => { if (hasFiles(event)) dragging(-1); });
addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  dragging(-depth);
  filesOf(event.dataTransfer).then(take);
});
addEventListener("paste", (event) => {
  if (event.clipboardData?.files.length) event.preventDefault();
  filesOf(event.clipboardData).then(take);
});

// The key

let asking = null;
hooks.key = (sent) => asking ??= (async () => {
  const words = sent ? "The key was not accepted: it may be mistyped or revoked."
    : "This service asks for a key. Whoever runs it makes one with “bottega keys create”.";
  const field = h("input", { name: "key", type: "password", required: true, autocomplete: "off", placeholder: "bk_…" });
  const answer = await ask({ title: "A key is needed", action: "Use this key", words, fields: [
    h("label", { class: "field" }, h("span", null, "Key"), field),
    h("label", { class: "check" }, h("input", { name: "remember", type: "checkbox" }), "Remember it on this computer")] });
  asking = null;
  if (!answer?.key) return false;
  key.set(answer.key.trim(), Boolean(answer.remember));
  showKey();
  return true;
})();
function showKey() { keyButton.hidden = !key.value; }
keyButton.addEventListener("click", async () => {
  const words = "This browser uses a key for the service. It will ask for one again when it needs to.";
  if (!await ask({ title: "Forget the key?", action: "Forget it", words })) return;
  key.forget();
  showKey();
  if (location.hash.length > 2) location.hash = "#/";
  else route();
});

// The service comes and goes

let looking;
hooks.reachable = (isReachable) => {
  const banner = document.getElementById("offline");
  if (banner.hidden === isReachable) return;
  banner.hidden = isReachable;
  clearInterval(looking);
  if (isReachable) { if (view?.failed) route(); return; }
  looking = setInterval(async () => {
    try { hooks.reachable((await fetch("/healthz", { cache: "no-store" })).ok); } catch { /* still away */ }
  }, 2000);
};

// The theme

const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
const showTheme = () => themeButton.setAttribute("aria-pressed", isDark());
themeButton.addEventListener("click", () => {
  const chosen = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = chosen;
  try { localStorage.setItem("bottega.theme", chosen); } catch { /* kept until the page is left */ }
  showTheme();
});
system.addEventListener("change", showTheme);

showTheme();
showKey();
addEventListener("hashchange", route);
route();
