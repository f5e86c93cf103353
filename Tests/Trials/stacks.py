"""Every stack, written from the sample designs, read by the parsers and compilers of its own world.

    apt-get install esbuild node-react node-react-dom
    pip install -r Tests/Trials/stacks-requirements.txt
    python3 Tests/Trials/stacks.py --binary .build/debug/bottega --designs 3

What is checked by what: JSX, scripts and the imports of whole projects by esbuild; scripts again by tree-sitter;
templates of Vue by Vue's own compiler (which the wheel of nicegui carries) in node; Svelte by tree-sitter's grammar,
its scripts by esbuild; pages by html5lib, strictly; stylesheets by tinycss2; classes of Tailwind by Tailwind CSS itself
(from the same wheel) in Chromium: each must be one that it knows, and the page must look the same in its rules. React's
projects are bundled with React itself and shown in Chromium, each page beside its preview: not a pixel may differ.
`--sample` names a folder with a sub-folder for each stack, which is checked as well: the tests write their sample site
there when BOTTEGA_SAMPLE_SITE names it.
"""

import argparse
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import html5lib
import tinycss2
import tree_sitter_javascript
import tree_sitter_svelte
from playwright.sync_api import Browser, sync_playwright
from tree_sitter import Language, Node, Parser

REPOSITORY = Path(__file__).resolve().parents[2]
STACKS = ["html", "tailwind", "react", "vue", "svelte"]
JAVASCRIPT = Parser(Language(tree_sitter_javascript.language()))
SVELTE = Parser(Language(tree_sitter_svelte.language()))

VUE = """
globalThis.document = {
  createElement: () => ({ set innerHTML(text) { this.textContent = text; }, children: [{ getAttribute: () => "" }] }),
};
console.info = () => {};
const { compile } = await import(process.argv[1]);
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const faults = [];
try {
  compile(Buffer.concat(chunks).toString(), { onError: (error) => faults.push(error.message) });
} catch (error) {
  faults.push(error.message);
}
process.stdout.write(faults.join("\\n"));
"""


def wheel_file(name: str) -> Path:
    """A file of the nicegui wheel, which is not imported."""
    spec = importlib.util.find_spec("nicegui")
    if spec is None or spec.origin is None:
        sys.exit("nicegui is not installed: pip install -r Tests/Trials/stacks-requirements.txt")
    return Path(spec.origin).parent / "static" / name


class Findings:
    """What was read by what, and what was said of it."""

    def __init__(self) -> None:
        self.read: Counter[tuple[str, str, str]] = Counter()
        self.faults: list[str] = []

    def add(self, stack: str, kind: str, parser: str, file: Path, faults: list[str]) -> None:
        self.read[stack, kind, parser] += 1
        self.faults += [f"{file} by {parser}: {fault.strip()}" for fault in faults if fault.strip()]

    def table(self) -> str:
        rows = [
            f"{stack:9} {kind:10} {parser:24} {count:4} files"
            for (stack, kind, parser), count in sorted(self.read.items())
        ]
        return "\n".join(rows)


def grammar_faults(parser: Parser, text: str) -> list[str]:
    """Where a grammar of tree-sitter does not fit."""
    faults: list[str] = []

    def visit(node: Node) -> None:
        if node.type == "ERROR" or node.is_missing:
            faults.append(f"line {node.start_point[0] + 1}: {node.type}")
        for child in node.children:
            visit(child)

    visit(parser.parse(text.encode()).root_node)
    return faults


def esbuild(arguments: list[str], text: str | None = None, folder: Path | None = None) -> list[str]:
    done = subprocess.run(
        ["esbuild", "--log-level=warning", *arguments], input=text, capture_output=True, text=True, cwd=folder
    )
    return [done.stderr] if done.returncode != 0 or done.stderr.strip() else []


def vue(template: str) -> list[str]:
    done = subprocess.run(
        ["node", "--input-type=module", "-e", VUE, str(wheel_file("vue.esm-browser.js"))],
        input=template,
        capture_output=True,
        text=True,
    )
    return [done.stdout + done.stderr] if done.returncode != 0 or done.stdout.strip() else []


def page_faults(text: str) -> list[str]:
    try:
        html5lib.HTMLParser(strict=True).parse(text)
    except html5lib.html5parser.ParseError as error:
        return [str(error)]
    return []


def style_faults(text: str) -> list[str]:
    """Errors of a stylesheet, those within blocks included."""
    faults: list[str] = []

    def visit(nodes: list) -> None:
        for node in nodes:
            if node.type == "error":
                faults.append(f"line {node.source_line}: {node.message}")
            elif node.type == "qualified-rule":
                visit(tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True))
            elif node.type == "at-rule" and node.content is not None:
                visit(tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True))

    visit(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True))
    return faults


def check_file(stack: str, file: Path, findings: Findings) -> None:
    text = file.read_text()

    def add(kind: str, parser: str, faults: list[str]) -> None:
        findings.add(stack, kind, parser, file, faults)

    script = re.search(r"<script[^>]*>(.*?)</script>", text, re.S)
    match file.suffix:
        case ".js" | ".jsx":
            loader = file.suffix[1:]
            add(loader, "esbuild", esbuild([f"--loader={loader}"], text))
            add(loader, "tree-sitter-javascript", grammar_faults(JAVASCRIPT, text))
        case ".vue":
            template = re.search(r"<template>\n(.*)\n</template>", text, re.S)
            add("vue", "Vue's compiler", vue(template[1]) if template else ["no template"])
            if script:
                add("vue script", "esbuild", esbuild(["--loader=js"], script[1]))
        case ".svelte":
            add("svelte", "tree-sitter-svelte", grammar_faults(SVELTE, text))
            if script:
                add("svelte script", "esbuild", esbuild(["--loader=js"], script[1]))
        case ".html":
            add("html", "html5lib, strict", page_faults(text))
        case ".css":
            add("css", "tinycss2", style_faults(text))
        case ".json":
            try:
                json.loads(text)
                add("json", "json", [])
            except ValueError as error:
                add("json", "json", [str(error)])


def check_imports(stack: str, folder: Path, findings: Findings) -> None:
    """That every import of a project leads to a file, and every name that is imported is exported there."""
    kinds = {"react": "jsx", "vue": "vue", "svelte": "svelte"}
    if stack not in kinds:
        return
    main = next((folder / "src").glob("main.*"))
    with tempfile.TemporaryDirectory() as out:
        arguments = [str(main.relative_to(folder)), "--bundle", f"--outdir={out}", "--jsx=automatic"]
        externals = [
            "react",
            "react-dom",
            "react-dom/*",
            "react/*",
            "vue",
            "vue-router",
            "svelte",
            "svelte/*",
            "/assets/*",
        ]
        arguments += [f"--external:{name}" for name in externals] + ["--format=esm"]
        # A single-file component has one default export: an empty module says as much.
        arguments += ["--loader:.vue=text", "--loader:.svelte=text"]
        findings.add(stack, "imports", "esbuild --bundle", main, esbuild(arguments, folder=folder))
    if stack == "react":
        return
    for file in folder.glob(f"src/**/*.{kinds[stack]}"):
        for name in re.findall(r'^\s*import \w+ from "(\.[^"]+)"', file.read_text(), re.M):
            missing = [] if (file.parent / name).exists() else [f"imports {name}, which is not there"]
            findings.add(stack, "imports", "file system", file, missing)


def check_tailwind(folder: Path, findings: Findings) -> None:
    """That Tailwind CSS knows every utility class, and a page in its rules is what it is in ours."""
    css = (folder / "tailwind.css").read_text()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=["--no-sandbox"])
        for file in [*folder.glob("pages/*.html"), *folder.glob("index.html")]:
            page = browser.new_page(viewport={"width": 900, "height": 600})
            page.goto(file.resolve().as_uri())
            names = page.evaluate("[...new Set([...document.querySelectorAll('*')].flatMap((e) => [...e.classList]))]")
            ours = page.screenshot(full_page=True)
            kept = "\n".join(rule for rule in css.splitlines() if not rule.startswith(".") or "{ " not in rule)
            page.evaluate(
                """(kept) => {
                    document.querySelectorAll("link[rel=stylesheet]").forEach((link) => link.remove());
                    const style = document.createElement("style");
                    style.type = "text/tailwindcss";
                    style.textContent = '@import "tailwindcss/theme"; @import "tailwindcss/utilities";';
                    const own = document.createElement("style");
                    own.textContent = kept;
                    document.head.prepend(own, style);
                }""",
                kept,
            )
            page.add_script_tag(path=str(wheel_file("tailwindcss.min.js")))
            page.wait_for_timeout(1000)
            known = page.evaluate(
                "[...document.querySelectorAll('style')].map((style) => style.textContent).join('\\n')"
            )
            selectors = {name: "." + page.evaluate("(name) => CSS.escape(name)", name) for name in names}
            own = [name for name in names if f"\n{selectors[name]} {{" in css]
            missing = sorted(name for name in own if selectors[name] not in known)
            findings.add(
                "tailwind", "classes", "Tailwind CSS 4.1", file, [f"unknown: {' '.join(missing)}"] if missing else []
            )
            theirs = page.screenshot(full_page=True)
            findings.add("tailwind", "pixels", "Tailwind CSS 4.1", file, [] if ours == theirs else ["looks different"])
            page.close()
        browser.close()


def shown(browser: Browser, address: str) -> tuple[bytes, list[str]]:
    """A page's picture, and what it said on its console."""
    said: list[str] = []
    view = browser.new_page(viewport={"width": 900, "height": 600})
    view.on("console", lambda message: said.append(message.text))
    view.on("pageerror", lambda error: said.append(str(error)))
    view.goto(address)
    view.wait_for_timeout(300)
    picture = view.screenshot(full_page=True)
    view.close()
    return picture, said


def check_react(folder: Path, modules: Path, findings: Findings) -> None:
    """That React shows each page as its preview is."""
    with tempfile.TemporaryDirectory() as out:
        arguments = [
            "esbuild",
            "src/main.jsx",
            "--bundle",
            "--jsx=automatic",
            f"--outdir={out}",
            "--external:/assets/*",
        ]
        arguments += ['--define:process.env.NODE_ENV="production"', "--log-level=warning"]
        done = subprocess.run(
            arguments, cwd=folder, env=os.environ | {"NODE_PATH": str(modules)}, capture_output=True, text=True
        )
        if (folder / "public").exists():
            shutil.copytree(folder / "public", out, dirs_exist_ok=True)
        module = '<script type="module" src="/src/main.jsx"></script>'
        page = (folder / "index.html").read_text().replace(module, '<script src="main.js"></script>')
        Path(out, "index.html").write_text(page.replace("</head>", '<link rel="stylesheet" href="main.css"></head>'))
        styles = Path(out, "main.css")
        styles.write_text(
            styles.read_text().replace("url(/assets", "url(assets").replace('url("/assets', 'url("assets')
        )
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_program(), args=["--no-sandbox"])
            for preview in sorted((folder / "preview").glob("*.html")):
                own = f"{Path(out, 'index.html').as_uri()}#/{preview.stem}"
                (picture, said), (other, complaints) = shown(browser, preview.resolve().as_uri()), shown(browser, own)
                differs = [] if picture == other else ["looks different"]
                faults = [done.stderr, *said, *complaints, *differs]
                findings.add("react", "pixels", "React", preview, faults)
            browser.close()


def browser_program() -> str:
    program = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    if program is None:
        sys.exit("Chromium is not installed: apt-get install chromium")
    return program


def check(stack: str, folder: Path, findings: Findings, modules: Path = Path("/usr/share/nodejs")) -> None:
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        check_file(stack, file, findings)
    check_imports(stack, folder, findings)
    if stack == "tailwind":
        check_tailwind(folder, findings)
    if stack == "react" and (modules / "react").exists():
        check_react(folder, modules, findings)


def main() -> None:
    parser = argparse.ArgumentParser(description="Checks what stacks write with parsers and compilers of their own.")
    parser.add_argument("--binary", default=".build/debug/bottega")
    parser.add_argument("--designs", type=int, default=3, help="how many of the sample designs are converted")
    parser.add_argument("--sample", type=Path, help="a folder with a sub-folder for each stack, to be checked as well")
    parser.add_argument("--modules", type=Path, default=Path("/usr/share/nodejs"), help="where React lies")
    options = parser.parse_args()
    if shutil.which("esbuild") is None:
        sys.exit("esbuild is not installed: apt-get install esbuild")
    findings = Findings()
    if options.sample:
        for stack in STACKS:
            check(stack, options.sample / stack, findings, options.modules)
    designs = sorted((REPOSITORY / "Fixtures" / "designs").glob("*.png"))[: options.designs]
    with tempfile.TemporaryDirectory() as folder:
        for design in designs:
            for stack in STACKS:
                out = Path(folder) / design.stem / stack
                arguments = [options.binary, "convert", "--draft", str(design), "-o", str(out), "--stack", stack]
                done = subprocess.run(arguments, capture_output=True, text=True)
                if done.returncode != 0:
                    sys.exit(f"{' '.join(arguments)}: {done.stderr}")
                check(stack, out, findings, options.modules)
    print(findings.table())
    print("\n".join(findings.faults))
    print(f"{len(findings.faults)} faults")
    sys.exit(1 if findings.faults else 0)


if __name__ == "__main__":
    main()
