// The scripts of the reports. Without them a report shows the same; with them pictures slide over each other, differences
// point at their places, lists narrow and tables sort. They put no markup together, so nothing they read can become any.

/// Scripts, as they stand in the reports.
enum ReportScript {
    /// Of every report: light or dark, and lists that narrow to one kind.
    static let common = #"""
        const all = (selector, within = document) => [...within.querySelectorAll(selector)];
        const press = (buttons, chosen) => {
          for (const each of buttons) each.setAttribute("aria-pressed", String(each === chosen));
        };
        const walk = (list, buttons) => list.addEventListener("keydown", (event) => {
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          const shown = buttons.filter((button) => !button.closest("li").hidden);
          const next = step && shown[shown.indexOf(document.activeElement) + step];
          if (!next) return;
          next.focus();
          event.preventDefault();
        });

        {
          const root = document.documentElement, button = document.getElementById("theme");
          const stored = () => { try { return localStorage.getItem("bottega.theme"); } catch { return null; } };
          const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"))
            === "dark";
          const tell = () => button.setAttribute("aria-pressed", String(isDark()));
          const chosen = stored();
          if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
          button.hidden = false;
          button.addEventListener("click", () => {
            root.dataset.theme = isDark() ? "light" : "dark";
            try { localStorage.setItem("bottega.theme", root.dataset.theme); } catch { /* for this time only */ }
            tell();
          });
          tell();
        }

        for (const group of all("[data-filter]")) {
          const list = document.getElementById(group.dataset.filter), buttons = all("button", group);
          group.hidden = false;
          for (const button of buttons) button.addEventListener("click", () => {
            press(buttons, button);
            for (const item of list.children) item.hidden = Boolean(button.dataset.value) && item.dataset.kind !== button.dataset.value;
            list.dispatchEvent(new Event("narrowed"));
          });
        }
        """#

    /// Of the receipt: the pictures, and the differences that point into them.
    static let receipt = #"""
        {
          const look = document.getElementById("look"), stage = look.querySelector(".stage");
          const controls = look.querySelector(".controls"), result = look.querySelector(".result .paper");
          const list = document.getElementById("differences"), wayButtons = look.querySelector("[data-choice=way]");
          controls.hidden = false;

          // How the pictures are looked at
          const settle = () => { wayButtons.hidden = stage.dataset.view !== "over"; };
          for (const group of all("[data-choice]", look)) {
            const buttons = all("button", group);
            for (const button of buttons) button.addEventListener("click", () => {
              press(buttons, button);
              stage.dataset[group.dataset.choice] = button.dataset.value;
              settle();
            });
          }
          const heat = document.getElementById("heat"), strength = document.getElementById("strength");
          const marks = document.getElementById("marks");
          const warm = () => {
            stage.toggleAttribute("data-heat", heat.checked);
            strength.parentElement.hidden = document.getElementById("legend").hidden = !heat.checked;
            stage.style.setProperty("--heat", strength.value / 100);
          };
          heat.addEventListener("change", warm);
          strength.addEventListener("input", warm);
          marks.addEventListener("change", () => stage.toggleAttribute("data-marks", marks.checked));
          warm();
          const { width, height } = look.querySelector(".canvas").viewBox.baseVal;
          if (innerWidth < 704 && width > height) look.querySelector("[data-value=over]").click();
          settle();

          // The line between design and page: by mouse, touch and keys
          let at = 50;
          const line = document.createElement("div"), grip = document.createElement("span");
          const set = (next) => {
            at = Math.min(100, Math.max(0, next));
            stage.style.setProperty("--at", at + "%");
            stage.style.setProperty("--part", 1 - at / 100);
            line.setAttribute("aria-valuenow", Math.round(at));
            line.setAttribute("aria-valuetext", `${Math.round(at)} % design, ${100 - Math.round(at)} % page`);
          };
          const traits = { class: "line", role: "slider", tabindex: 0, "aria-label": "How much of the design is shown",
            "aria-valuemin": 0, "aria-valuemax": 100, "aria-orientation": "horizontal" };
          for (const [name, value] of Object.entries(traits)) line.setAttribute(name, value);
          grip.className = "grip";
          line.append(grip);
          result.append(line);
          set(50);
          const follow = (event) => {
            const box = result.getBoundingClientRect();
            set(100 * (event.clientX - box.left) / box.width);
            event.preventDefault();
          };
          result.addEventListener("pointerdown", (event) => {
            if (event.button !== 0 || stage.dataset.view !== "over") return;
            result.setPointerCapture(event.pointerId);
            follow(event);
            line.focus({ preventScroll: true });
          });
          result.addEventListener("pointermove", (event) => {
            if (result.hasPointerCapture(event.pointerId)) follow(event);
          });
          line.addEventListener("keydown", (event) => {
            const step = event.shiftKey ? 10 : 1;
            const moves = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageDown: -10, PageUp: 10,
              Home: -100, End: 100 };
            if (!(event.key in moves)) return;
            set(at + moves[event.key]);
            event.preventDefault();
          });

          // Differences: pointed at while under the mouse or the keyboard, held by a click
          if (list) {
            const buttons = all("button.difference", list), rects = all(".mark", stage);
            const of = (number) => rects.filter((rect) => rect.dataset.number === number);
            let held = null;
            const point = (number) => {
              stage.toggleAttribute("data-pointing", number !== null);
              for (const rect of rects) rect.classList.toggle("on", rect.dataset.number === number);
              for (const button of buttons) button.classList.toggle("on", button.dataset.number === number);
            };
            const isInSight = (rect) => {
              const box = rect.getBoundingClientRect(), frame = stage.parentElement.getBoundingClientRect();
              return box.top >= Math.max(0, frame.top) && box.bottom <= Math.min(innerHeight, frame.bottom);
            };
            const hold = (number) => {
              held = number;
              for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.number === number));
              point(number);
            };
            const bring = (number) => {
              const rect = of(number).at(-1);
              const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
              if (rect && !isInSight(rect)) rect.scrollIntoView({ block: "center", inline: "nearest", behavior });
            };
            for (const button of buttons) {
              const { number } = button.dataset;
              button.addEventListener("click", () => {
                hold(held === number ? null : number);
                if (held !== null) bring(number);
              });
              button.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") point(number); });
              button.addEventListener("focus", () => { if (button.matches(":focus-visible")) point(number); });
              for (const end of ["pointerleave", "blur"]) button.addEventListener(end, () => point(held));
            }
            walk(list, buttons);
            addEventListener("keydown", (event) => { if (event.key === "Escape") hold(null); });
            for (const rect of rects) {
              const { number } = rect.dataset, button = buttons.find((each) => each.dataset.number === number);
              rect.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") point(number); });
              rect.addEventListener("pointerleave", () => point(held));
              rect.addEventListener("click", () => {
                if (stage.dataset.view === "over") return;
                hold(held === number ? null : number);
                if (held === null || button.closest("li").hidden) return;
                const panel = list.getBoundingClientRect(), box = button.getBoundingClientRect();
                list.scrollTop += box.top + box.height / 2 - (panel.top + panel.height / 2);
              });
            }
            list.addEventListener("narrowed", () => {
              const hidden = new Set(buttons.filter((button) => button.closest("li").hidden).map((button) => button.dataset.number));
              for (const rect of rects) rect.classList.toggle("away", hidden.has(rect.dataset.number));
              if (held !== null && hidden.has(held)) hold(null);
            });
          }
        }
        """#

    /// Of an evaluation: the table sorts by any column; what failed stays at the end.
    static let evaluation = #"""
        {
          const body = document.getElementById("designs"), buttons = all("button.sort"), said = document.getElementById("sorted");
          for (const button of buttons) {
            button.disabled = false;
            button.addEventListener("click", () => {
              const head = button.closest("th"), isNumber = button.dataset.column !== "0";
              const isUp = head.ariaSort ? head.ariaSort === "descending" : !isNumber;
              for (const each of buttons) each.closest("th").removeAttribute("aria-sort");
              head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
              const column = [...head.parentNode.children].indexOf(head);
              // A row without pictures has one cell where others have three: count from the end.
              const back = head.parentNode.children.length - column;
              const value = (row) => isNumber ? Number(row.children[row.children.length - back].dataset.sort)
                : row.children[0].dataset.sort;
              const order = (one, other) => isNumber ? value(one) - value(other)
                : value(one).localeCompare(value(other), "en", { numeric: true });
              const rows = [...body.children].sort((one, other) => {
                const failed = isNumber ? (value(one) < 0) - (value(other) < 0) : 0;
                return failed || (isUp ? order(one, other) : order(other, one));
              });
              body.append(...rows);
              said.textContent = `Sorted by ${button.textContent}, ${isUp ? "rising" : "falling"}`;
            });
          }
        }
        """#
}
