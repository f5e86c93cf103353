// Runs inside a preview, where it has no origin and reaches nothing but the page around it. It tells how tall the page is,
// and, unless the address ends with #measure, shows the element under the pointer and tells which one was clicked. Keys do
// the same: arrows walk the tree (up to what surrounds, down to what is inside, left and right among neighbours), Enter
// chooses, Escape lets go.
(() => {
  if (parent === window) return;
  const size = () => parent.postMessage({ type: "bottega:size", height: document.documentElement.scrollHeight }, "*");
  if (document.readyState === "complete") size();
  else addEventListener("load", size);
  if (location.hash === "#measure") return;
  const styles = ["color", "background-color", "font-size", "padding"];
  const box = (width, label) => {
    const mark = document.createElement("div");
    mark.style.cssText = "all:initial;position:fixed;z-index:2147483647;pointer-events:none;display:none;"
      + `box-sizing:border-box;border:${width}px solid #f0a13c;outline:1px solid #1b2422;border-radius:2px;`
      + "background:rgba(240,161,60,.12)";
    if (label) {
      const words = mark.appendChild(document.createElement("span"));
      words.style.cssText = "all:initial;position:absolute;left:-2px;bottom:100%;padding:1px 6px;background:#1b2422;color:#fff;"
        + "font:11px/16px ui-monospace,monospace;white-space:nowrap;border-radius:3px 3px 0 0";
    }
    document.documentElement.append(mark);
    return mark;
  };
  const hover = box(1, false), pick = box(2, true);
  let pointed = null, picked = null;

  function place(mark, element) {
    mark.style.display = element ? "block" : "none";
    if (!element) return;
    const { x, y, width, height } = element.getBoundingClientRect();
    Object.assign(mark.style, { left: x - 2 + "px", top: y - 2 + "px", width: width + 4 + "px", height: height + 4 + "px" });
    if (!mark.firstChild) return;
    mark.firstChild.textContent = element.localName;
    const isHigh = y < 20;
    Object.assign(mark.firstChild.style, { bottom: isHigh ? "auto" : "100%", top: isHigh ? "100%" : "auto" });
  }
  const draw = () => { place(hover, pointed === picked ? null : pointed); place(pick, picked); };

  // A body that a browser puts into a table is not in the source: there the path steps over it.
  const isImplied = (element) => element.localName === "tbody" && !element.attributes.length
    && [...element.parentNode.children].every((each) => each === element || /^(caption|colgroup)$/.test(each.localName));

  /** A selector that finds the element in the page's source. */
  function selectorOf(element) {
    let path = "";
    for (let at = element, link = ""; at !== document.body; at = at.parentElement) {
      if (isImplied(at) && at !== element) { link = " "; continue; }
      const isUnique = /^[A-Za-z][\w-]*$/.test(at.id) && document.querySelectorAll("#" + at.id).length === 1;
      if (isUnique) return "#" + at.id + link + path;
      const place = [...at.parentNode.children].filter((each) => each.localName === at.localName).indexOf(at) + 1;
      path = `${at.localName}:nth-of-type(${place})${link}${path}`;
      link = " > ";
    }
    return "body" + (path && " > " + path);
  }

  function tell(byKey) {
    const { x, y, width, height } = picked.getBoundingClientRect(), look = getComputedStyle(picked);
    parent.postMessage({
      type: "bottega:select", selector: selectorOf(picked), tag: picked.localName,
      text: picked.textContent.trim().slice(0, 2000), box: { x, y, width, height }, children: picked.children.length, byKey,
      style: Object.fromEntries(styles.map((name) => [name, look.getPropertyValue(name)])),
      attributes: Object.fromEntries([...picked.attributes].map(({ name, value }) => [name, value.slice(0, 500)])),
    }, "*");
  }
  function choose(element, byKey) {
    picked = element && isImplied(element) ? element.parentElement : element;
    draw();
    if (picked) tell(byKey);
    else parent.postMessage({ type: "bottega:clear" }, "*");
  }
  const inside = (element) => element && document.body.contains(element) && element.localName !== "script" ? element : null;
  const around = (element, way) => {
    let next = way === "ArrowUp" ? element.parentElement : way === "ArrowDown" ? element.firstElementChild
      : way === "ArrowLeft" ? element.previousElementSibling : element.nextElementSibling;
    while (next?.localName === "script") next = next.nextElementSibling;
    return inside(next) ?? element;
  };

  addEventListener("pointermove", (event) => { pointed = inside(event.target); draw(); }, true);
  document.documentElement.addEventListener("pointerleave", () => { pointed = null; draw(); });
  for (const name of ["click", "mousedown", "mouseup", "dblclick", "submit", "auxclick"]) {
    addEventListener(name, (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (name === "click") { window.focus(); choose(inside(event.target), false); }
    }, true);
  }
  addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) {
      pointed = pointed || picked ? around(pointed ?? picked, event.key) : document.body.firstElementChild;
      pointed?.scrollIntoView({ block: "nearest" });
      draw();
    } else if (event.key === "Enter") {
      if (pointed ?? picked) choose(pointed ?? picked, true);
    } else if (event.key === "Escape") {
      pointed = null;
      choose(null, true);
    } else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  addEventListener("message", (event) => {
    if (event.source !== parent || event.data?.type !== "bottega:point") return;
    let found = null;
    try { found = inside(document.querySelector(event.data.selector)); } catch { return; }
    if (found) choose(found, false);
  });
  addEventListener("scroll", draw, true);
  addEventListener("resize", draw);
})();
