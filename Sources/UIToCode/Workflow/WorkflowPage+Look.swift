// How the report of a recording looks and moves, beyond what all reports do. The script puts no markup together.

extension WorkflowPage {
    /// CSS.
    static let style = #"""
        .story { display: grid; gap: .6rem; align-content: start; }
        .links { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; }
        .player { display: grid; gap: .8rem; position: sticky; top: 1.1rem; }
        #stage { display: block; width: 100%; height: auto; max-height: 68vh; background: var(--track); box-shadow: var(--shadow); }
        #dot { fill: rgb(240 130 30 / .55); stroke: #fff; stroke-width: 2; vector-effect: non-scaling-stroke; pointer-events: none; }
        #aim { pointer-events: none; }
        #aim[width="0"] { display: none; }
        .track-box { position: relative; padding: 0 8px; }
        .lanes { display: block; width: 100%; height: 66px; touch-action: none; cursor: ew-resize; }
        .lane { fill: var(--accent); opacity: .35; } .lane.odd { opacity: .7; }
        .moment { fill: var(--chalk); cursor: pointer; } .moment.on { fill: var(--accent); }
        .flag { fill: var(--bad); opacity: .55; }
        #head { fill: var(--ink); }
        #time { display: block; width: calc(100% + 16px); margin: .2rem -8px 0; accent-color: var(--accent); }
        #clock { font-variant-numeric: tabular-nums; min-width: 4.5rem; }
        .bar .legend { margin-left: auto; }
        .legend i.key-screen, .legend i.key-step, .legend i.key-note { width: .8rem; }
        .legend i.key-screen { background: var(--accent); } .legend i.key-step { background: var(--chalk); }
        .legend i.key-note { background: var(--bad); }
        .crop { justify-self: start; max-width: 100%; max-height: 3rem; margin-top: .3rem; border: 1px solid var(--line);
          border-radius: 4px; }
        .diagram { display: block; max-width: none; }
        .node rect { fill: var(--sheet); stroke: var(--accent); stroke-width: 1.5; }
        .node text { text-anchor: middle; font-size: 13px; fill: var(--ink); }
        .way path { fill: none; stroke: var(--edge); stroke-width: 1.4; }
        .way text { text-anchor: middle; font: 11px var(--mono); fill: var(--chalk); paint-order: stroke; stroke: var(--sheet);
          stroke-width: 3; }
        .head { fill: var(--edge); }
        .gallery-grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: 1.1rem; }
        .gallery-grid img { display: block; width: 100%; height: 10rem; object-fit: contain; object-position: top;
          background: var(--mat); border-radius: 6px; }
        .gallery-grid figcaption { margin-top: .35rem; overflow-wrap: anywhere; }
        .lines .badge { margin-left: 0; }
        @media (max-width: 66rem) {
          .player { position: static; }
          #stage { max-height: 34vh; }
        }
        @media print { #controls, #time { display: none; } }
        """#

    /// The timeline: by mouse, touch and keys.
    static let script = #"""
        {
          const time = document.getElementById("time"), frame = document.getElementById("frame");
          const aim = document.getElementById("aim"), dot = document.getElementById("dot"), head = document.getElementById("head");
          const lanes = document.getElementById("lanes"), clock = document.getElementById("clock");
          const where = document.getElementById("where"), play = document.getElementById("play");
          const list = document.getElementById("steps"), buttons = all("button.difference", list), marks = all(".moment", lanes);
          const moments = all("li", document.getElementById("moments"))
            .map((item) => ({ at: Number(item.dataset.at), src: item.dataset.src }));
          const steps = buttons.map(({ dataset }) => ({ start: Number(dataset.start), end: Number(dataset.end), dataset }));
          const length = Number(time.max);
          let now = 0, active = -1, timer = 0;

          const place = (step) => {
            const { left, top, width, height, x, y } = step?.dataset ?? {};
            aim.setAttribute("x", left ?? 0);
            aim.setAttribute("y", top ?? 0);
            aim.setAttribute("width", width ?? 0);
            aim.setAttribute("height", height ?? 0);
            dot.setAttribute("cx", x ?? -99);
            dot.setAttribute("cy", y ?? -99);
          };
          const show = (next) => {
            now = Math.min(length, Math.max(0, next));
            time.value = now;
            time.setAttribute("aria-valuetext", `${now.toFixed(1)} seconds`);
            clock.textContent = `${now.toFixed(1)} s`;
            head.setAttribute("x", Math.min(998, 1000 * now / length));
            const moment = moments.findLast((each) => each.at <= now + 0.001) ?? moments[0];
            if (moment && frame.getAttribute("href") !== moment.src) frame.setAttribute("href", moment.src);
            // A step is pointed at while it goes on, else from a little before it begins until a little after.
            const begun = steps.findLastIndex((step) => step.start <= now + 0.001);
            const goesOn = begun >= 0 && now <= steps[begun].end + 0.001;
            const coming = steps.findIndex((step) => step.start > now + 0.001 && step.start - 0.3 <= now + 0.001);
            const lingers = begun >= 0 && now <= steps[begun].start + 0.301;
            const found = goesOn ? begun : coming >= 0 ? coming : lingers ? begun : -1;
            place(found >= 0 && now < steps[found].end ? steps[found] : null);
            if (found === active) return;
            active = found;
            buttons.forEach((button, number) => {
              button.setAttribute("aria-pressed", String(number === found));
              button.classList.toggle("on", number === found);
            });
            marks.forEach((mark, number) => mark.classList.toggle("on", number === found));
            where.textContent = found >= 0 ? `Step ${found + 1} of ${steps.length}` : "";
          };
          const stop = () => {
            cancelAnimationFrame(timer);
            timer = 0;
            play.setAttribute("aria-pressed", "false");
            play.textContent = "Play";
          };
          const start = () => {
            let last = performance.now();
            if (now >= length) show(0);
            const tick = (moment) => {
              show(now + (moment - last) / 1000);
              last = moment;
              if (now >= length) stop(); else timer = requestAnimationFrame(tick);
            };
            timer = requestAnimationFrame(tick);
            play.setAttribute("aria-pressed", "true");
            play.textContent = "Pause";
          };
          const go = (number) => {
            stop();
            if (steps[number]) show(steps[number].start);
          };

          time.hidden = document.getElementById("controls").hidden = false;
          time.addEventListener("input", () => { stop(); show(Number(time.value)); });
          play.addEventListener("click", () => { if (timer) stop(); else start(); });
          document.getElementById("previous").addEventListener("click", () =>
            go(Math.max(0, steps.findLastIndex((step) => step.start < now - 0.01))));
          document.getElementById("next").addEventListener("click", () =>
            go(steps.findIndex((step) => step.start > now + 0.01)));
          for (const button of buttons) button.addEventListener("click", () => go(Number(button.dataset.step)));

          const follow = (event) => {
            const box = lanes.getBoundingClientRect();
            stop();
            show(length * (event.clientX - box.left) / box.width);
          };
          lanes.addEventListener("pointerdown", (event) => {
            if (event.button !== 0) return;
            lanes.setPointerCapture(event.pointerId);
            follow(event);
            time.focus({ preventScroll: true });
          });
          lanes.addEventListener("pointermove", (event) => { if (lanes.hasPointerCapture(event.pointerId)) follow(event); });
          walk(list, buttons);
          show(0);
        }
        """#
}
