"""What Chromium makes of documents: their elements in order, and which one a selector finds.

Reads the pages of `designs/sources/`, the documents in `documents.json`, and documents generated here from fixed
seeds with all that HTML lets one leave out. Chromium parses each one; for every element a path is computed, as a
script in the page would, and checked with `querySelector`; queries of other forms are tried as well.

    python3 record.py          # writes selectors.json; needs chromium, no packages
"""

import base64
import json
import random
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SOURCES = HERE.parent.parent / "designs" / "sources"
BROWSERS = ("chromium-headless-shell", "chromium")
GENERATED = 24

# Per document: rows [name, selector, attributes, start of the text], and queries [selector, number of the first or -1].
SCRIPT = """
const step = (element, position) => {
  const parent = element.parentElement, name = CSS.escape(element.localName);
  if (!parent) return name;
  const all = [...parent.children], alike = all.filter(other => other.localName === element.localName);
  if (position === 'child') return `${name}:nth-child(${all.indexOf(element) + 1})`;
  return alike.length > 1 ? `${name}:nth-of-type(${alike.indexOf(element) + 1})` : name;
};
const path = (element, number) => {
  const page = element.ownerDocument, steps = [];
  for (let place = element; place; place = place.parentElement) {
    const anchor = place.id && number % 3 !== 2 && page.querySelectorAll('#' + CSS.escape(place.id)).length === 1;
    steps.unshift(anchor ? '#' + CSS.escape(place.id) : step(place, number % 3 === 1 ? 'child' : 'type'));
    if (anchor || (place.localName === 'body' && number % 2)) break;
  }
  return steps.join(' > ');
};
const simple = (element, choice) => {
  const forms = [element.localName];
  for (const name of element.classList) forms.push('.' + CSS.escape(name));
  for (const { name, value } of element.attributes) {
    if (value.length < 30 && !value.includes('\\n')) forms.push(`[${name}="${CSS.escape(value)}"]`, `[${name}]`);
  }
  return forms[choice % forms.length];
};
const all = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(INPUT), c => c.charCodeAt(0)))).map(text => {
  const page = new DOMParser().parseFromString(text, 'text/html'), elements = [...page.querySelectorAll('*')];
  const rows = elements.map((element, number) => {
    const selector = path(element, number);
    if (page.querySelector(selector) !== element) throw new Error(selector + ' finds another element');
    const words = element.textContent.replace(/[ \\t\\n\\r\\f]+/g, ' ').replace(/^ | $/g, '');
    const attributes = {};
    for (const { name, value } of element.attributes) attributes[name.toLowerCase()] = value;
    return [element.localName.toLowerCase(), selector, attributes, [...words].slice(0, 32).join('')];
  });
  const queries = elements.filter((_, number) => number % 4 === 1).map((element, index) => {
    let above = element.parentElement;
    for (let up = index % 4; up && above.parentElement; up--) above = above.parentElement;
    const selector = simple(above, index) + (index % 3 ? ' ' : ' > ') + simple(element, index + 1);
    return [selector, elements.indexOf(page.querySelector(selector))];
  });
  return { rows, queries };
});
const bytes = new TextEncoder().encode(JSON.stringify(all));
let binary = '';
for (const byte of bytes) binary += String.fromCharCode(byte);
document.body.textContent = 'BEGIN' + btoa(binary) + 'END';
"""


class Writer:
    """Writes documents as people do who know what may be left out."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.ids = 0

    def maybe(self, share: float) -> bool:
        return self.random.random() < share

    def tag(self, name: str) -> str:
        pieces = [name.upper() if self.maybe(0.1) else name]
        if self.maybe(0.3):
            self.ids += 1
            pieces.append(self.random.choice(['id="n{}"', "id=n{}", "id='n{}'", 'ID = "n.{}:x"']).format(self.ids))
        if self.maybe(0.4):
            pieces.append(self.random.choice(['class="card wide"', "class=card", 'class="md:flex a&amp;b"', "class='\n one two '"]))
        if self.maybe(0.2):
            pieces.append(self.random.choice(['title="a > b"', "hidden", "data-x=1/2", 'lang="de" lang="en"', 'title="&#39;q&quot;"']))
        return "<" + " ".join(pieces) + self.random.choice(["", "", "", " "]) + ">"

    def text(self) -> str:
        return self.random.choice(["One", "two words", "1 &lt; 2", "a < b", "Gr\u00fc\u00dfe \u6f22\u5b57", "x &amp; y", "AT&T;"])

    def gap(self) -> str:
        return self.random.choice(["", "", "\n", "\n    ", " <!-- <b>note</b> --> "])

    def element(self, name: str, content: str, end_needed: bool = True) -> str:
        end = f"</{name}>" if end_needed or self.maybe(0.4) else ""
        return self.tag(name) + content + end + self.gap()

    def phrase(self, depth: int) -> str:
        kind = self.random.choice(["text", "text", "b", "span", "a", "br", "img", "input", "button", "select", "svg", "label"])
        if kind == "text" or depth > 6:
            return self.text()
        if kind in ("br", "img", "input"):
            return self.tag(kind)
        if kind == "select":
            options = "".join(self.element("option", self.text(), False) for _ in range(self.random.randint(1, 3)))
            return self.element("select", options)
        if kind == "svg":
            shapes = self.random.choice(['<circle r="1"/><path d="M0 0"/>', '<g><rect width="1"></rect><path/></g>', "<linearGradient id=g><stop/><stop /></linearGradient>"])
            return self.element("svg", shapes)
        inside = self.text() if kind in ("a", "button", "label") else self.phrase(depth + 1)
        return self.element(kind, inside)

    def table(self, depth: int) -> str:
        def row() -> str:
            cells = "".join(self.element(self.random.choice(["td", "th"]), self.phrase(depth + 2), False)
                            for _ in range(self.random.randint(1, 3)))
            return self.element("tr", cells, False)
        rows = lambda: "".join(row() for _ in range(self.random.randint(1, 3)))
        parts = [self.element("caption", self.text()) if self.maybe(0.2) else "",
                 "<colgroup><col><col></colgroup>" if self.maybe(0.2) else "<col>" if self.maybe(0.2) else "",
                 self.element("thead", row(), False) if self.maybe(0.4) else ""]
        parts.append(rows() if self.maybe(0.5) else self.element("tbody", rows(), False) + self.element("tbody", rows(), False))
        if self.maybe(0.2):
            parts.append(self.element("tfoot", row(), False))
        return self.element("table", "".join(parts))

    def block(self, depth: int) -> str:
        kind = self.random.choice(["div", "section", "main", "p", "ul", "ol", "dl", "h1", "h3", "table", "form", "pre", "style", "script", "textarea", "hr", "lonely p"])
        if depth > 4 or kind == "p":
            return self.element("p", "".join(self.phrase(depth) for _ in range(self.random.randint(1, 3))))
        if kind in ("ul", "ol"):
            items = "".join(self.element("li", self.random.choice([self.text(), self.block(depth + 1), self.text() + self.block(depth + 2)]), False)
                            for _ in range(self.random.randint(1, 4)))
            return self.element(kind, items)
        if kind == "dl":
            return self.element("dl", "".join(self.element(self.random.choice(["dt", "dd"]), self.text(), False) for _ in range(3)))
        if kind == "table":
            return self.table(depth)
        if kind == "form":
            return self.element("form", self.block(depth + 1) + "<form>" + self.block(depth + 1))
        if kind in ("h1", "h3", "pre"):
            return self.element(kind, self.phrase(depth))
        if kind == "style":
            return "<style>a > b { content: '</p>' }</style>"
        if kind == "script":
            return "<script>if (a < b) f('<div>')</script>"
        if kind == "textarea":
            return self.element("textarea", "<b>plain</b>")
        if kind == "hr":
            return "<p>Before<hr/>"
        if kind == "lonely p":
            return "<p>Wrong<div>x</div></p>"
        return self.element(kind, self.blocks(depth + 1))

    def blocks(self, depth: int) -> str:
        return self.gap() + "".join(self.block(depth) for _ in range(self.random.randint(1, 3)))

    def document(self) -> str:
        head = "<meta charset=utf-8>\n<title>A &amp; B</title><link rel=icon href=x>"
        if self.maybe(0.5):
            head = self.element("head", head, False)
        body = self.tag("body") + self.blocks(0) if self.maybe(0.6) else "<main>" + self.blocks(0) + "</main>" + self.blocks(0)
        ends = self.random.choice(["", "</body></html>\n", "</html>", "</body>\n<!-- end -->\n</html>\n"])
        return "<!DOCTYPE html>\n" + (self.tag("html") if self.maybe(0.5) else "") + head + "\n" + body + ends


def recorded(documents: list[str]) -> list[dict]:
    data = base64.b64encode(json.dumps(documents).encode()).decode()
    browser = next(path for path in map(shutil.which, BROWSERS) if path)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(f"<!doctype html><body><script>const INPUT = '{data}';{SCRIPT}</script>")
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
                   "--dump-dom", page.as_uri()]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    found = re.search("BEGIN(.*?)END", shown)
    if not found:
        raise RuntimeError("the browser recorded nothing: " + shown[-2000:])
    return json.loads(base64.b64decode(found.group(1)))


def main() -> None:
    documents = [{"file": source.name, "text": source.read_text()} for source in sorted(SOURCES.glob("*.html"))]
    documents += [{"text": text} for text in json.loads((HERE / "documents.json").read_text())]
    documents += [{"text": Writer(seed).document()} for seed in range(GENERATED)]
    truths = recorded([document["text"] for document in documents])
    lines = []
    for document, truth in zip(documents, truths):
        if "file" in document:
            del document["text"]
        rows = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in truth["rows"])
        queries = json.dumps(truth["queries"], ensure_ascii=False, separators=(",", ":"))
        head = json.dumps(document, ensure_ascii=False)[1:-1]
        lines.append(f'{{{head},"rows":[\n{rows}],\n"queries":{queries}}}')
    (HERE / "selectors.json").write_text("[" + ",\n".join(lines) + "]\n")
    count = sum(len(truth["rows"]) for truth in truths)
    print(f"{len(documents)} documents, {count} elements, {sum(len(truth['queries']) for truth in truths)} queries")


if __name__ == "__main__":
    main()
