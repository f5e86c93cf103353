// The part of the measuring script that everything else stands on: limits, how properties are read, colours, what an
// element's surroundings do to it, and how places are named.

extension PageScripts {
    static let opening = #"""
        (pageWidth, pageHeight, properties) => {
          "use strict";
          const limits = {
            elements: 5000, texts: 5000, nodes: 60000, depth: 128, characters: 500000, findings: 100,
            milliseconds: 3000,
          };
          const started = performance.now();
          const field = (type, name) => {
            const { get } = Object.getOwnPropertyDescriptor(type.prototype, name);
            return it => get.call(it);
          };
          const method = (type, name) => {
            const call = type.prototype[name];
            return (it, ...rest) => call.apply(it, rest);
          };
          const nodeType = field(Node, "nodeType"), textContent = field(Node, "textContent");
          const firstChild = field(Node, "firstChild"), nextSibling = field(Node, "nextSibling");
          const data = field(CharacterData, "data");
          const localName = field(Element, "localName"), shadowRoot = field(Element, "shadowRoot");
          const attribute = method(Element, "getAttribute"), hasAttribute = method(Element, "hasAttribute");
          const rectangle = method(Element, "getBoundingClientRect");
          const query = method(Document, "querySelectorAll");
          const root = field(Document, "documentElement")(document), body = field(Document, "body")(document);
          const collapse = text => text.replace(/\s+/g, " ").trim();
          const round = number => Math.round(number * 100) / 100;

          const texts = [], elements = [], values = [], findings = [], comments = [], numbers = new Map();
          const checked = { name: 0, contrast: 0, landmark: 0, heading: 0, document: 0 }, found = { ...checked };
          let isCapped = false, visited = 0, characters = 0;
          const isLate = () => performance.now() - started > limits.milliseconds;
          const nowhere = { from: -1, steps: "html" };

          // Colours.
          const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
          const colours = new Map();
          const colour = text => {
            let found = colours.get(text);
            if (found) return found;
            const parts = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(text);
            if (parts) {
              found = [+parts[1], +parts[2], +parts[3], parts[4] === undefined ? 1 : +parts[4]];
            } else {
              pen.clearRect(0, 0, 1, 1);
              pen.fillStyle = "rgba(0, 0, 0, 0)";
              pen.fillStyle = text;
              pen.fillRect(0, 0, 1, 1);
              const pixel = pen.getImageData(0, 0, 1, 1).data;
              found = [pixel[0], pixel[1], pixel[2], pixel[3] / 255];
            }
            colours.set(text, found);
            return found;
          };
          const mix = (top, share, bottom) => [0, 1, 2].map(i => top[i] * share + bottom[i] * (1 - share));
          const over = (top, bottom) => mix(top, top[3], bottom);
          const hex = channels => "#" + channels.map(c => Math.round(c).toString(16).padStart(2, "0")).join("");
          const luminance = channels => {
            const [r, g, b] = channels.map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };

          // What is above an element decides how it is seen: the groups it is in, each laid with its opacity on what is
          // under it; the colour behind it, whether a picture lies there, and what cuts it (`flow`; `absolute` and
          // `fixed` for those positions).
          const page = { left: 0, top: 0, right: pageWidth, bottom: pageHeight };
          const cut = (a, b) => ({
            left: Math.max(a.left, b.left), top: Math.max(a.top, b.top),
            right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom),
          });
          const isEmpty = box => box.right <= box.left || box.bottom <= box.top;
          const ground = {
            opacity: 1, groups: [], behind: [255, 255, 255], isPicture: false, isHidden: false,
            flow: page, absolute: page, fixed: page,
          };
          const isCutting = style => style.overflowX !== "visible" || style.overflowY !== "visible"
            || /paint|strict|content/.test(style.contain);
          const enter = (element, style, above) => {
            const here = { ...above };
            here.isHidden = above.isHidden || attribute(element, "aria-hidden") === "true";
            const opacity = parseFloat(style.opacity);
            if (opacity < 1) {
              here.groups = [...above.groups, { opacity, under: above.behind }];
              here.opacity = above.opacity * opacity;
            }
            const back = colour(style.backgroundColor);
            here.behind = over(back, above.behind);
            if (style.backgroundImage !== "none" && style.webkitBackgroundClip !== "text") here.isPicture = true;
            else if (back[3] === 1) here.isPicture = false;
            if (element === root || element === body && getComputedStyle(root).overflowX === "visible") return here;
            const positions = { fixed: above.fixed, absolute: above.absolute };
            let clip = positions[style.position] ?? above.flow;
            const isFrame = style.transform !== "none" || style.filter !== "none" || style.perspective !== "none";
            if (isCutting(style)) {
              const box = rectangle(element);
              clip = cut(clip, {
                left: box.left + parseFloat(style.borderLeftWidth),
                top: box.top + parseFloat(style.borderTopWidth),
                right: box.right - parseFloat(style.borderRightWidth),
                bottom: box.bottom - parseFloat(style.borderBottomWidth),
              });
            }
            here.flow = clip;
            if (style.position !== "static" || isFrame) here.absolute = clip;
            if (isFrame) here.fixed = clip;
            return here;
          };
          // The usual ways to keep text for screen readers alone.
          const isClippedAway = style => {
            if (/^inset\((5\d|[6-9]\d|100)(\.\d+)?%/.test(style.clipPath)) return true;
            if (style.clip === "auto" || style.position !== "absolute" && style.position !== "fixed") return false;
            const [top, right, bottom, left] = style.clip.match(/-?[\d.]+|auto/g)?.map(parseFloat) ?? [];
            return right - left <= 1 || bottom - top <= 1;
          };

          // Elements and their names.
          const placeOf = frame => frame.number >= 0 ? { from: frame.number, steps: "" } : frame.place;
          const step = (frame, tag, child) => {
            const name = tag.length > 60 ? "*" : CSS.escape(tag);
            const own = tag === "body" && frame.tag === "html" ? "body" : `${name}:nth-child(${child})`;
            if (frame.tag === "html") return tag === "body" ? { from: -1, steps: own } : nowhere;
            const { from, steps } = placeOf(frame);
            return { from, steps: steps ? `${steps} > ${own}` : own };
          };
          const number = text => {
            let index = numbers.get(text);
            if (index === undefined) {
              index = values.push(text.slice(0, 2000)) - 1;
              numbers.set(text, index);
            }
            return index;
          };
          const complain = (rule, place, message) => {
            if (found[rule]++ < limits.findings) findings.push({ rule, place, message });
          };
        """#
}
