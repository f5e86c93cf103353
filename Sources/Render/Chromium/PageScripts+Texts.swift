// The part of the measuring script that reads texts: lines of text nodes, and what fields show.

extension PageScripts {
    static let texts = #"""
          // Texts.
          const range = document.createRange();
          const rectangles = (node, from, to) => {
            range.setStart(node, from);
            range.setEnd(node, to);
            return [...range.getClientRects()].filter(box => box.width > 0 && box.height > 0);
          };
          const contains = (clip, box) => {
            const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
            return x >= clip.left && x <= clip.right && y >= clip.top && y <= clip.bottom;
          };
          const join = (a, b) => ({
            left: Math.min(a.left, b.left), top: Math.min(a.top, b.top),
            right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom),
          });
          const transformed = (text, style) => {
            switch (style.textTransform) {
              case "uppercase": return text.toUpperCase();
              case "lowercase": return text.toLowerCase();
              case "capitalize":
                return text.replace(/(^|[\s\-(])(\p{L})/gu, (all, before, it) => before + it.toUpperCase());
              default: return text;
            }
          };
          const compose = (channels, here) =>
            here.groups.reduceRight((inner, { opacity, under }) => mix(inner, opacity, under), channels);
          const inkOf = (frame, paint) => compose(over(paint, frame.here.behind), frame.here);
          const paintOf = (element, style) => {
            const isDrawn = element instanceof SVGElement && style.fill !== "none";
            const paint = colour(isDrawn ? style.fill : style.webkitTextFillColor);
            if (paint[3] > 0 || style.webkitBackgroundClip !== "text") return paint;
            const first = /(rgba?|color|oklch|oklab|lab|lch)\([^()]*\)/.exec(style.backgroundImage)?.[0];
            return colour(first ?? style.backgroundColor);
          };
          const show = (frame, text, box, paint, style) => {
            if (texts.length >= limits.texts) { isCapped = true; return; }
            const shown = cut(box, frame.here.flow);
            if (isEmpty(shown) || text === "") return;
            texts.push({
              text: transformed(text.slice(0, 10000), style),
              box: [shown.left, shown.top, shown.right - shown.left, shown.bottom - shown.top].map(round),
              colour: inkOf(frame, paint).map(Math.round), size: parseFloat(style.fontSize),
              weight: parseInt(style.fontWeight) || 400,
              place: placeOf(frame),
            });
          };
          // The words of a text with their boxes; those that are broken, and all of a script without spaces, in
          // characters.
          const piecesOf = (node, text) => {
            const pieces = [];
            for (const word of text.matchAll(/\S+/g)) {
              if (characters > limits.characters || isLate()) { isCapped = true; break; }
              characters += word[0].length;
              const boxes = rectangles(node, word.index, word.index + word[0].length);
              if (boxes.length === 1) { pieces.push({ text: word[0], box: boxes[0], isGlued: false }); continue; }
              if (boxes.length === 0) continue;
              let at = word.index, isGlued = false;
              for (const letter of word[0]) {
                const box = rectangles(node, at, at += letter.length)[0];
                if (box) { pieces.push({ text: letter, box, isGlued }); isGlued = true; }
              }
            }
            return pieces;
          };
          const isBeside = (a, b) => {
            const shared = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            return shared > 0.5 * Math.min(a.bottom - a.top, b.bottom - b.top);
          };
          const readText = (node, frame) => {
            const text = data(node), { style, here } = frame;
            if (!/\S/.test(text) || style.visibility !== "visible" || parseFloat(style.fontSize) === 0) return;
            const paint = paintOf(frame.element, style), before = texts.length;
            if (paint[3] * here.opacity < 0.01) return;
            const whole = rectangles(node, 0, text.length);
            if (whole.length === 0) return;
            const isInside = whole.length === 1 && whole[0].left >= here.flow.left && whole[0].right <= here.flow.right;
            if (isInside && contains(here.flow, whole[0])) {
              characters += text.length;
              show(frame, collapse(text), whole[0], paint, style);
            } else {
              let line = null;
              for (const piece of piecesOf(node, text)) {
                if (!contains(here.flow, piece.box)) continue;
                if (line && isBeside(line.box, piece.box)) {
                  line.text += (piece.isGlued ? "" : " ") + piece.text;
                  line.box = join(line.box, piece.box);
                } else {
                  if (line) show(frame, line.text, line.box, paint, style);
                  line = { text: piece.text, box: piece.box };
                }
              }
              if (line) show(frame, line.text, line.box, paint, style);
            }
            if (texts.length > before) checkContrast(frame, paint, style);
          };

          // Fields show text that is in no node: it is placed with a pen in the field's font.
          const labels = { submit: "Submit", reset: "Reset" };
          const buttons = ["submit", "reset", "button"];
          const wordless = ["hidden", "checkbox", "radio", "range", "color", "file", "image"];
          const shownIn = element => {
            if (element instanceof HTMLTextAreaElement) return [element.value || element.placeholder, !element.value];
            if (element instanceof HTMLSelectElement) return [element.selectedOptions[0]?.label ?? "", false];
            if (buttons.includes(element.type)) {
              return [attribute(element, "value") ?? labels[element.type] ?? "", false];
            }
            if (wordless.includes(element.type)) return ["", false];
            if (element.value && element.type === "password") return ["•".repeat(element.value.length), false];
            return [element.value || element.placeholder, !element.value];
          };
          const wrap = (text, width) => {
            const lines = [];
            for (const paragraph of text.slice(0, 5000).split("\n")) {
              let line = "";
              for (const word of paragraph.split(/\s+/)) {
                const longer = line ? `${line} ${word}` : word;
                const isTooLong = line && pen.measureText(longer).width > width;
                if (isTooLong) lines.push(line);
                line = isTooLong ? word : longer;
              }
              lines.push(line);
            }
            return lines;
          };
          const readField = (element, frame) => {
            const { style } = frame, [text, isPlaceholder] = shownIn(element);
            if (style.visibility !== "visible" || !/\S/.test(text)) return;
            const look = isPlaceholder ? getComputedStyle(element, "::placeholder") : style;
            const paint = [...colour(look.color)];
            if (isPlaceholder) paint[3] *= parseFloat(look.opacity);
            pen.font = `${look.fontStyle} ${look.fontWeight} ${look.fontSize} ${look.fontFamily}`;
            pen.letterSpacing = look.letterSpacing === "normal" ? "0px" : look.letterSpacing;
            const size = name => parseFloat(style[name]) || 0, box = rectangle(element);
            const left = box.left + size("borderLeftWidth") + size("paddingLeft");
            const right = box.right - size("borderRightWidth") - size("paddingRight");
            const top = box.top + size("borderTopWidth") + size("paddingTop");
            const bottom = box.bottom - size("borderBottomWidth") - size("paddingBottom");
            const isArea = element instanceof HTMLTextAreaElement, isButton = buttons.includes(element.type);
            const align = isButton && look.textAlign === "start" ? "center" : look.textAlign;
            const inside = { left, right, top: box.top, bottom: box.bottom };
            const metrics = pen.measureText("x"), tall = metrics.fontBoundingBoxAscent + metrics.fontBoundingBoxDescent;
            const pitch = parseFloat(look.lineHeight) || tall;
            const lines = isArea ? wrap(text, right - left) : [collapse(text)];
            lines.forEach((line, index) => {
              const shown = collapse(line), wide = pen.measureText(shown).width;
              const middle = isArea ? top + pitch * (index + 0.5) : (top + bottom) / 2;
              const spare = right - left - wide;
              const x = left + (align === "center" ? spare / 2 : /^(right|end)$/.test(align) ? spare : 0);
              if (middle > box.bottom) return;
              const place = { left: x, right: x + wide, top: middle - tall / 2, bottom: middle + tall / 2 };
              show(frame, shown, cut(place, inside), paint, look);
            });
          };
        """#
}
