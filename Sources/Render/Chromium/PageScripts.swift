// The scripts that run beside a page, in a world of their own: they see the page's elements, and the page's scripts
// cannot see or change them. Elements can still be named like properties (`<input name="parentNode">`), which is why
// properties are read through the prototypes. The script that measures is one function in four parts.
//
// What is left out: text of pseudo-elements (`::before`), of frames, of closed shadow trees, and text that other
// elements cover. A page of any size costs at most `limits`.
import Foundation

/// The scripts, as expressions whose value is JSON in a string.
enum PageScripts {
    /// Waits for the page: until it is loaded with its fonts and pictures, at most `loadSeconds`, and then, when it
    /// has scripts, until nothing has changed for a tenth of a second, at most `quietSeconds`. Then animations are
    /// ended and the page's size is taken; parts that cannot be scrolled to do not count.
    ///
    /// - Parameters:
    ///   - loadSeconds: 0 does not wait for anything.
    ///   - canWait: Whether scripts run, ours included. Otherwise a page that is not loaded is too early to be asked.
    ///   - staysInPlace: Whether a page that was scrolled is left so; else it is shown from its top.
    static func settle(loadSeconds: Double, quietSeconds: Double, canWait: Bool, staysInPlace: Bool) -> String {
        "(\(settling))(\(loadSeconds * 1000), \(quietSeconds * 1000), \(canWait), \(staysInPlace))"
    }

    /// Measures the page, of which `width` and `height` CSS pixels are pictured.
    static func measure(width: Double, height: Double) -> String {
        let properties = (try? JSONEncoder().encode(Renderer.styleProperties)) ?? Data("[]".utf8)
        return "(\(measuring))(\(width), \(height), \(String(decoding: properties, as: UTF8.self)))"
    }

    private static let settling = #"""
        async (loadLimit, quietLimit, canWait, staysInPlace) => {
          "use strict";
          const started = performance.now();
          const field = (type, name) => {
            const { get } = Object.getOwnPropertyDescriptor(type.prototype, name);
            return it => get.call(it);
          };
          const readyState = field(Document, "readyState"), root = field(Document, "documentElement");
          const body = field(Document, "body");
          const isLoading = readyState(document) !== "complete";
          if (location.href === "about:blank" || isLoading && !canWait && loadLimit > 0) {
            return JSON.stringify({ isEarly: true, isSettled: false, width: 0, height: 0 });
          }
          const pause = milliseconds => new Promise(done => setTimeout(done, milliseconds));
          const soon = (promise, until) => Promise.race([promise, pause(Math.max(0, until - performance.now()))]);
          const all = selector => [...Document.prototype.querySelectorAll.call(document, selector)].slice(0, 2000);
          const changes = { last: performance.now() };
          const observer = new MutationObserver(() => { changes.last = performance.now(); });
          observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });

          let isSettled = canWait || !isLoading;
          if (isLoading && canWait) {
            const loaded = new Promise(done => window.addEventListener("load", done, { once: true }));
            await soon(loaded, started + loadLimit);
            isSettled = readyState(document) === "complete";
          }
          const until = performance.now() + quietLimit;
          for (const image of all("img[loading=lazy]")) image.setAttribute("loading", "eager");
          const pictures = all("img").filter(image => image instanceof HTMLImageElement && !image.complete);
          const drawn = pictures.map(image => image.decode().catch(() => {}));
          if (canWait) await soon(Promise.all([document.fonts.ready, ...drawn]), until);
          if (canWait && all("script, [onload]").length > 0) {
            let quiet = performance.now() - changes.last;
            while (quiet < 100 && performance.now() < until) {
              await pause(20);
              quiet = performance.now() - changes.last;
            }
            isSettled = isSettled && quiet >= 100;
          }
          observer.disconnect();
          for (const animation of document.getAnimations().slice(0, 5000)) {
            try { animation.finish(); } catch { animation.cancel(); }
          }
          const sheet = new CSSStyleSheet();
          sheet.replaceSync("* { caret-color: transparent !important; }");
          document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
          if (!staysInPlace) window.scrollTo({ left: 0, top: 0, behavior: "instant" });

          const scroller = field(Document, "scrollingElement")(document) ?? root(document);
          const unstyled = { overflowX: "visible", overflowY: "visible" };
          const style = root(document) ? getComputedStyle(root(document)) : unstyled;
          const inner = body(document) ? getComputedStyle(body(document)) : style;
          const isCut = side => ["hidden", "clip"].includes(style[side] === "visible" ? inner[side] : style[side]);
          return JSON.stringify({
            isEarly: false, isSettled,
            width: scroller && !isCut("overflowX") ? scroller.scrollWidth : 0,
            height: scroller && !isCut("overflowY") ? scroller.scrollHeight : 0,
          });
        }
        """#

    private static let measuring = [opening, texts, accessibility, walk].joined(separator: "\n")
}
