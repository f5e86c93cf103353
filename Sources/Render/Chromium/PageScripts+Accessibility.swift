// The parts of the measuring script that check what people who cannot see the page are offered, and that walk through
// the page. Names follow the order of "Accessible Name and Description Computation" as far as pages commonly need it.

extension PageScripts {
    static let accessibility = #"""
          // Accessibility.
          const checkContrast = (frame, paint, style) => {
            const isUnknown = frame.here.isPicture || style.webkitBackgroundClip === "text";
            if (frame.isContrastChecked || isUnknown || frame.isDisabled) return;
            frame.isContrastChecked = true;
            const ink = inkOf(frame, paint), paper = compose(frame.here.behind, frame.here);
            const [light, dark] = [luminance(ink), luminance(paper)].sort((a, b) => b - a);
            const ratio = (light + 0.05) / (dark + 0.05), size = parseFloat(style.fontSize);
            const wanted = size >= 24 || size >= 18.66 && parseInt(style.fontWeight) >= 700 ? 3 : 4.5;
            checked.contrast++;
            if (ratio >= wanted) return;
            const found = Math.floor(ratio * 100) / 100;
            const pair = `${hex(ink)} on ${hex(paper)}`;
            complain("contrast", placeOf(frame), `${pair} is ${found} to 1; ${wanted} to 1 is needed`);
          };
          const spoken = element => {
            let words = "", seen = 0;
            const stack = [element];
            while (stack.length && seen++ < 500) {
              const node = stack.pop();
              if (nodeType(node) === 3) { words += data(node) + " "; continue; }
              if (nodeType(node) !== 1 || ["style", "script"].includes(localName(node))) continue;
              if (node !== element && attribute(node, "aria-hidden") === "true") continue;
              words += attribute(node, "aria-label") ?? "";
              if (localName(node) === "img") words += attribute(node, "alt") ?? "";
              for (let child = firstChild(node); child; child = nextSibling(child)) stack.push(child);
            }
            return words.trim();
          };
          const said = (element, name) => attribute(element, name)?.trim() ?? "";
          const nameOf = (element, kind) => {
            const told = (attribute(element, "aria-labelledby") ?? "").split(/\s+/).filter(Boolean)
              .flatMap(id => [...query(document, "#" + CSS.escape(id))].slice(0, 1)).map(textContent);
            const own = told.join(" ").trim() || said(element, "aria-label") || said(element, "title");
            if (own) return own;
            const tag = localName(element), type = tag === "input" ? element.type : "";
            if (tag === "img" || type === "image") {
              return kind === "image" && attribute(element, "alt") === "" ? "a decoration" : said(element, "alt");
            }
            if (tag === "input" && kind === "button") return attribute(element, "value")?.trim() ?? labels[type] ?? "";
            if (tag === "svg") return [...element.querySelectorAll("title")].map(textContent).join(" ").trim();
            if (kind === "field") {
              return [...(element.labels ?? [])].map(spoken).join(" ").trim() || said(element, "placeholder");
            }
            return kind === "image" ? "" : spoken(element);
          };
          const kinds = {
            button: "button", link: "link", textbox: "field", searchbox: "field", combobox: "field", checkbox: "field",
            radio: "field", switch: "field", slider: "field", spinbutton: "field", img: "image",
          };
          const kindOf = (element, tag, role) => {
            const type = tag === "input" ? element.type : "";
            if (role) return kinds[role];
            if (tag === "button" || type === "image" || buttons.includes(type)) return "button";
            if (tag === "a") return hasAttribute(element, "href") ? "link" : undefined;
            if (tag === "select" || tag === "textarea" || type && type !== "hidden") return "field";
            return tag === "img" ? "image" : undefined;
          };
          let mains = 0, lastLevel = 0;
          const checkElement = (element, tag, place) => {
            const role = attribute(element, "role")?.trim().split(/\s+/)[0], kind = kindOf(element, tag, role);
            if (kind) {
              checked.name++;
              if (!nameOf(element, kind)) complain("name", place, `the ${kind} has no name`);
            }
            if (tag === "main" && !role || role === "main") {
              if (++mains === 2) complain("landmark", place, "there is more than one main");
            }
            const told = role === "heading" ? parseInt(attribute(element, "aria-level")) || 2 : 0;
            const level = !role && /^h[1-6]$/.test(tag) ? +tag[1] : told;
            if (level) {
              checked.heading++;
              if (lastLevel === 0 && level !== 1) {
                complain("heading", place, `the first heading is of level ${level}, not 1`);
              } else if (lastLevel > 0 && level > lastLevel + 1) {
                complain("heading", place, `a heading of level ${level} follows one of level ${lastLevel}`);
              }
              lastLevel = level;
            }
          };
        """#

    static let walk = #"""
          // The walk.
          const skipped = new Set(["head", "script", "style", "template", "title", "datalist"]);
          const visit = (element, above) => {
            const tag = localName(element);
            if (skipped.has(tag)) return null;
            const style = getComputedStyle(element);
            if (style.display === "none" || isClippedAway(style)) return null;
            if (style.contentVisibility === "hidden" && rectangle(element).height === 0) return null;
            const frame = {
              element, tag, style, here: enter(element, style, above.here),
              number: -1, child: 0, next: null, list: null, at: 0,
            };
            if (frame.here.opacity < 0.01) return null;
            frame.isDisabled = above.isDisabled || element.disabled === true;
            frame.isShadow = above.isShadow;
            frame.place = above.isShadow ? placeOf(above) : element === root ? nowhere : step(above, tag, above.child);
            const box = rectangle(element);
            const isBox = style.visibility === "visible" && style.display !== "contents";
            const takesRoom = isBox && box.width > 0 && box.height > 0;
            if (!frame.isShadow && (takesRoom || element === body) && element !== root) {
              if (elements.length < limits.elements) {
                const classes = (attribute(element, "class") ?? "").slice(0, 2000).split(/\s+/);
                frame.number = elements.push({
                  place: frame.place, tag: tag.slice(0, 60), classes: classes.filter(Boolean),
                  box: [box.left, box.top, box.width, box.height].map(round),
                  style: properties.map(property => number(style.getPropertyValue(property))),
                }) - 1;
              } else isCapped = true;
            }
            if (takesRoom && !frame.here.isHidden && !frame.isShadow) checkElement(element, tag, placeOf(frame));
            const isMenu = element instanceof HTMLSelectElement && element.size <= 1 && !element.multiple;
            if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || isMenu) {
              readField(element, frame);
              return null;
            }
            const shadow = shadowRoot(element);
            const assigned = element instanceof HTMLSlotElement ? element.assignedNodes() : [];
            if (assigned.length) frame.list = assigned;
            if (shadow) frame.isShadow = true;
            frame.next = assigned[0] ?? firstChild(shadow ?? element);
            return frame;
          };
          const above = {
            element: null, tag: "", here: ground, number: -1, place: nowhere, child: 0,
            isShadow: false, isDisabled: false,
          };
          const stack = [root && visit(root, above)].filter(Boolean);
          while (stack.length) {
            const frame = stack[stack.length - 1], node = frame.next;
            if (!node) { stack.pop(); continue; }
            if (++visited > limits.nodes || visited % 64 === 0 && isLate()) { isCapped = true; break; }
            frame.next = frame.list ? frame.list[++frame.at] : nextSibling(node);
            if (nodeType(node) === 3) {
              if (texts.length < limits.texts) readText(node, frame); else isCapped = true;
            } else if (nodeType(node) === 1) {
              frame.child++;
              const inner = stack.length < limits.depth ? visit(node, frame) : (isCapped = true, null);
              if (inner) stack.push(inner);
            } else if (nodeType(node) === 8 && comments.length < 200) {
              comments.push(collapse(data(node)).slice(0, 300));
            }
            if (elements.length >= limits.elements && texts.length >= limits.texts) { isCapped = true; break; }
          }

          const top = { from: -1, steps: "body" };
          checked.landmark = 1;
          if (mains === 0 && !isCapped) complain("landmark", top, "there is no main");
          checked.document = 2;
          const title = field(Document, "title")(document).slice(0, 500);
          if (!root || !said(root, "lang")) complain("document", nowhere, "the document does not name its language");
          if (!title.trim()) complain("document", nowhere, "the document has no title");
          return JSON.stringify({ title, texts, elements, values, checked, findings, comments, isCapped });
        }
        """#
}
