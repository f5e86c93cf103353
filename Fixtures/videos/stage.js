// Puts the page's time under the recorder's hand: timers run and animations move when `stage.step` says so, and never
// by themselves. Draws what a screen recorder sees and a screenshot does not: the pointer or the finger, and the caret.
(() => {
  let now = 0, number = 0, timers = [], typedAt = 0, hot = null;
  const begun = new WeakMap();  // when each animation began

  window.setTimeout = (run, delay = 0, ...rest) => {
    timers.push({ number: ++number, at: now + delay, run: () => run(...rest) });
    return number;
  };
  window.clearTimeout = (which) => { timers = timers.filter((each) => each.number !== which); };

  const length = (animation) => animation.effect.getComputedTiming().endTime;

  function adopt() {
    for (const each of document.getAnimations()) {
      if (begun.has(each)) continue;
      each.pause();
      each.currentTime = 0;
      begun.set(each, now);
    }
  }

  // Runs what is due, each timer at its own time, and leaves every animation where it stands at the end.
  function advance(milliseconds) {
    const end = now + milliseconds;
    adopt();
    for (;;) {
      const [due] = timers.filter((each) => each.at <= end).sort((a, b) => a.at - b.at || a.number - b.number);
      if (!due) break;
      timers.splice(timers.indexOf(due), 1);
      now = due.at;
      due.run();
      adopt();
    }
    now = end;
    for (const each of document.getAnimations()) {
      const elapsed = now - begun.get(each);
      if (elapsed < length(each)) each.currentTime = elapsed; else if (each.playState !== "finished") each.finish();
    }
  }

  // The pointers by the name of their `cursor`: where they point, and how they look.
  const palm = '<rect x="6" y="2" width="4" height="13" rx="2"/><rect x="3" y="9" width="14" height="11" rx="4"/>';
  const bar = '<path d="M4 2h8M8 2v18M4 20h8"';
  const shapes = {
    default: [1, 1, '<path d="M1 1v16.6l4.1-3.8 2.8 6.4 3-1.3-2.8-6.3 5.6-.3z" stroke="#fff" stroke-width="1.3"/>'],
    pointer: [8, 2, `<g fill="#fff"><g stroke="#000" stroke-width="2.6">${palm}</g>${palm}</g>`],
    text: [8, 11, `${bar} stroke="#fff" stroke-width="3.4"/>${bar} stroke="#000" stroke-width="1.5"/>`],
  };
  const over = document.createElement("div");
  over.style.cssText = "position:fixed;inset:0;z-index:2147483647;pointer-events:none";
  over.innerHTML = '<svg width="22" height="24"></svg><div></div><div></div>';
  for (const each of over.children) each.style.cssText = "position:absolute;display:none";
  const [pointer, finger, caret] = over.children;
  finger.style.cssText += ";width:42px;height:42px;margin:-21px;border:2px solid #ffffffb0;border-radius:50%";
  finger.style.background = "#4a556880";
  caret.style.width = "1.5px";

  function drawHand({ x, y, strength, touches }) {
    const isDown = touches && strength > 0;
    finger.style.cssText += `;display:${isDown ? "block" : "none"};left:${x}px;top:${y}px;opacity:${strength}`;
    if (touches) return;
    const under = document.elementFromPoint(x, y);
    const kind = under ? getComputedStyle(under).cursor : "default";
    const asked = kind === "auto" && under.matches("input") ? "text" : kind;
    const [left, top, drawing] = shapes[asked] ?? shapes.default;
    if (pointer.innerHTML !== drawing) pointer.innerHTML = drawing;
    pointer.style.cssText += `;display:block;left:${x - left}px;top:${y - top}px`;
  }

  // Blinks in the field with the focus, behind the letters before it.
  function drawCaret() {
    const field = document.activeElement;
    const shows = field?.matches("input") && (now - typedAt) % 1060 < 530;
    caret.style.display = shows ? "block" : "none";
    if (!shows) return;
    const style = getComputedStyle(field), box = field.getBoundingClientRect(), size = parseFloat(style.fontSize) * 1.2;
    const pen = new OffscreenCanvas(1, 1).getContext("2d");
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const before = pen.measureText(field.value.slice(0, field.selectionEnd)).width - field.scrollLeft;
    const left = box.left + parseFloat(style.borderLeftWidth) + parseFloat(style.paddingLeft) + before;
    const top = box.top + (box.height - size) / 2;
    caret.style.cssText += `;left:${left}px;top:${top}px;height:${size}px;background:${style.color}`;
  }

  // What has begun and what has ceased to answer to the pointer: words and the box around both. Null where nothing did.
  function lit({ x, y, touches }) {
    const under = touches ? null : document.elementFromPoint(x, y)?.closest("button, a, .card, .row, .way") ?? null;
    if (under === hot) return null;
    const both = [under, hot].filter((each) => each?.getClientRects().length);
    hot = under;
    if (!both.length) return null;
    const boxes = both.map((each) => each.getBoundingClientRect());
    const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((each) => each[side])));
    const [right, bottom] = ["right", "bottom"].map((side) => Math.max(...boxes.map((each) => each[side])));
    const words = both[0].textContent.trim().slice(0, 40) || both[0].id;
    return { words, box: [left, top, right - left, bottom - top] };
  }

  window.stage = {
    // Goes on by so many milliseconds; says whether something is still on its way, and what was lit.
    step(milliseconds, hand) {
      if (!over.isConnected) {
        document.documentElement.append(over);
        const style = document.createElement("style");
        style.textContent = "* { caret-color: transparent; }";
        document.head.append(style);
        for (const kind of ["input", "focusin"]) document.addEventListener(kind, () => { typedAt = now; });
      }
      advance(milliseconds);
      drawHand(hand);
      drawCaret();
      const moving = document.getAnimations().some((each) => each.playState === "paused" && length(each) < Infinity);
      return { moving, lit: lit(hand) };
    },
  };
})();
