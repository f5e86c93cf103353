# The pages of hostile.py, the ear that hears what they send, and the site that is captured. A page of `TOO_MUCH` takes
# what it can get: time, memory, dialogs, windows, room. `asking` asks one place for something in every way that a page
# knows, each under a path that names the way; `LEAVING` leaves for it. Nothing here talks to the service.

import http.server
import socket
import threading
import time

HEAD = "<!doctype html><html lang=en><title>Hostile</title><p>fine</p>"


# Keeps a page from coming to rest, so that what takes its time is given it.
STIR = "setInterval(() => { document.body.dataset.time = Date.now() }, 30);"


def script(code: str) -> str:
    return f"{HEAD}<script>{code}</script>"


# What a page may be answered with: 200, or 422 render_failed.
TOO_MUCH = {
    "an endless loop": script("while (true) {}"),
    "an endless loop, a little later": script("setTimeout(() => { while (true) {} }, 100)"),
    "promises without end": script("(function again() { Promise.resolve().then(again) })()"),
    "64 workers that loop": script(
        "for (let i = 0; i < 64; i++) new Worker(URL.createObjectURL(new Blob(['while (true) {}'])))"
    ),
    "10 GB in arrays": script("const a = []; for (let i = 0; i < 160; i++) a.push(new Uint8Array(64 << 20).fill(1))"),
    "objects without end": script("const a = []; for (;;) a.push({ a: [a.length] })"),
    "strings without end": script("const a = []; for (let i = 0; ; i++) a.push(String(i).repeat(1e6).toUpperCase())"),
    "10 GB in workers": script(
        "for (let i = 0; i < 40; i++) new Worker(URL.createObjectURL(new Blob("
        "['const a = []; for (let i = 0; i < 64; i++) a.push(new Uint8Array(4 << 20).fill(1));"
        " setInterval(() => a, 9)'])))"
    ),
    "alert, confirm, prompt, print": script("alert(1); confirm(2); prompt(3); print()"),
    "alert without end": script("for (;;) alert(1)"),
    "beforeunload, then leaving": script("onbeforeunload = () => 'stay'; location = 'http://10.0.0.1/'"),
    "window.open in a loop": script("for (let i = 0; i < 2000; i++) open('about:blank#' + i)"),
    "window.open without end": script(
        STIR + "setInterval(() => { for (let i = 0; i < 100; i++) open('/index.html') }, 1)"
    ),
    "200,000 nodes": script("for (let i = 0; i < 2e5; i++) document.body.append(Object.assign("
                            "document.createElement('span'), { textContent: i + ' ' }))"),
    "200,000 nodes in one line": HEAD + "<div style='height:250px;overflow:hidden'>" + "<b>x</b>" * 200_000,
    "nodes 20,000 deep": HEAD + "<div>" * 20_000,
    "nodes without end": script("for (;;) document.body.append(document.createElement('p'))"),
    "never at rest": script("setInterval(() => { document.body.style.background = '#' + Math.random().toString(16)"
                            ".slice(2, 8) }, 1)"),
    "reloads for ever": script("location.reload()"),
    "a document written again and again": script("setInterval(() => { document.open(); document.write('<p>x') }, 1)"),
    "a frame in a frame in a frame": script("function nest(d) { const f = d.createElement('iframe'); d.body.append(f);"
                                            " nest(f.contentDocument) } nest(document)"),
    "500 frames": HEAD + "<iframe srcdoc='<script>setInterval(() => {}, 1)</script>'></iframe>" * 500,
    "ten canvases of 16,000 × 16,000": script(
        "for (let i = 0; i < 10; i++) { const c = document.createElement('canvas'); c.width = c.height = 16000;"
        " document.body.append(c); c.getContext('2d').fillRect(0, 0, 16000, 16000) }"
    ),
    "a page 10,000,000 high": HEAD + "<div style='height:10000000px'>",
    "a page 10,000,000 wide": HEAD + "<div style='width:10000000px;height:9px;background:red'>",
    "a page that grows": script("setInterval(() => { document.body.style.height = document.body.scrollHeight * 2 + 'px'"
                                " }, 1)"),
    "filters over everything": HEAD + "<style>div{position:absolute;inset:0;filter:blur(400px);backdrop-filter:"
                                      "blur(400px)}</style>" + "<div>x</div>" * 300,
    "noise of SVG": HEAD + "<svg width=4000 height=4000><filter id=f><feTurbulence numOctaves=60 baseFrequency=.9 />"
                           "</filter>" + "<rect width=4000 height=4000 filter='url(#f)' />" * 20 + "</svg>",
    "entities of SVG": HEAD + "<svg><g id=a0><rect width=9 height=9 /></g>" + "".join(
        f"<g id=a{n}>" + f"<use href='#a{n - 1}' />" * 10 + "</g>" for n in range(1, 9)) + "</svg>",
    "talk without end": script("for (;;) console.log('x'.repeat(10000))"),
    "requests without end": script("for (let i = 0; ; i++) new Image().src = 'http://10.0.0.1/' + i"),
    "files without end": script(
        STIR + "(async () => { const root = await navigator.storage.getDirectory(), part = new Uint8Array(8 << 20);"
        " for (let i = 0; ; i++) { const w = await (await root.getFileHandle('f' + i, { create: true }))"
        ".createWritable(); await w.write(part); await w.close() } })()"
    ),
    "a database without end": script(
        STIR + "const r = indexedDB.open('d'); r.onupgradeneeded = () => r.result.createObjectStore('s');"
        " r.onsuccess = () => setInterval(() => r.result.transaction('s', 'readwrite').objectStore('s')"
        ".put(crypto.getRandomValues(new Uint8Array(65536)).join(), Math.random()), 1)"
    ),
    "downloads without end": script(
        STIR + "const b = URL.createObjectURL(new Blob([new Uint8Array(32 << 20)]));"
        " setInterval(() => { Object.assign(document.createElement('a'), { href: b, download: 'x' }).click() }, 5)"
    ),
    "talk of 20 MB": script("for (let i = 0; i < 20000; i++) console.log('x'.repeat(1000))"),
    "a crash, asked for": HEAD + "<iframe src=chrome://crash></iframe><script>location = 'chrome://crash'</script>",
}

# Ways to ask for something, by the path that is asked for.
MARKUP = {
    "img": "<img src=ADDRESS>",
    "srcset": "<img srcset='ADDRESS 1x'>",
    "picture": "<picture><source srcset=ADDRESS><img alt=x></picture>",
    "script": "<script src=ADDRESS></script>",
    "module": "<script type=module>import 'ADDRESS'</script>",
    "stylesheet": "<link rel=stylesheet href=ADDRESS>",
    "css-url": "<div style='background:url(ADDRESS);height:9px'>x</div>",
    "css-import": "<style>@import url(ADDRESS);</style>",
    "css-font": "<style>@font-face{font-family:f;src:url(ADDRESS)}b{font-family:f}</style><b>b</b>",
    "iframe": "<iframe src=ADDRESS></iframe>",
    "object": "<object data=ADDRESS></object>",
    "embed": "<embed src=ADDRESS>",
    "video": "<video src=ADDRESS autoplay></video>",
    "audio": "<audio src=ADDRESS autoplay></audio>",
    "poster": "<video poster=ADDRESS></video>",
    "svg-image": "<svg><image href=ADDRESS width=9 height=9 /></svg>",
    "preload": "<link rel=preload as=image href=ADDRESS>",
    "input": "<input type=image src=ADDRESS alt=x>",
    "in-a-data-frame": "<iframe src='data:text/html,<img src=ADDRESS>'></iframe>",
    "in-a-srcdoc": "<iframe srcdoc='<img src=ADDRESS>'></iframe>",
    "in-a-svg-file": "<iframe src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><image href='ADDRESS'/>"
                     "</svg>\"></iframe>",
    "form-in-a-frame": "<iframe srcdoc='<form action=ADDRESS method=post></form><script>document.forms[0].submit()"
                       "</script>'></iframe>",
}
CODE = {
    "fetch": "fetch('ADDRESS').catch(() => {})",
    "fetch-no-cors": "fetch('ADDRESS', { mode: 'no-cors', method: 'POST', body: 'x' }).catch(() => {})",
    "xhr": "{ const x = new XMLHttpRequest(); x.open('GET', 'ADDRESS'); x.send() }",
    "beacon": "navigator.sendBeacon('ADDRESS', 'x')",
    "events": "new EventSource('ADDRESS')",
    "import": "import('ADDRESS').catch(() => {})",
    "worker-fetch": "work(`fetch('ADDRESS').catch(() => {})`)",
    "worker-script": "work(`importScripts('ADDRESS')`)",
    "open": "open('ADDRESS')",
    "late-stylesheet": "document.head.append(Object.assign(document.createElement('link'), "
                       "{ rel: 'stylesheet', href: 'ADDRESS' }))",
}
SOCKETS = {
    "socket": "new WebSocket('ws://HOST/socket')",
    "worker-socket": "work(`new WebSocket('ws://HOST/worker-socket')`)",
}
# These ask nobody by themselves that could be told of; nothing may be heard of them.
UNTOLD = (
    "<link rel=dns-prefetch href=//HOST><link rel=preconnect href=http://HOST>"
    '<script type=speculationrules>{"prerender":[{"urls":["http://HOST/prerender"],"eagerness":"immediate"}]}</script>'
    "<script>navigator.serviceWorker?.register('/index.html').catch(() => {});"
    "{ const p = new RTCPeerConnection({ iceServers: [{ urls: 'stun:HOST' }, { urls: 'turn:HOST?transport=tcp',"
    " username: 'a', credential: 'b' }] }); p.createDataChannel('x');"
    " p.createOffer().then(o => p.setLocalDescription(o)) }</script>"
)
LEAVING = {
    "location": "<script>location = 'ADDRESS'</script>",
    "meta refresh": "<meta http-equiv=refresh content='0;url=ADDRESS'>",
    "a form": "<form id=f action='ADDRESS' method=post><input name=a value=b></form><script>f.submit()</script>",
    "a download": "<a id=a href='ADDRESS' download>x</a><script>a.click()</script>",
    "a ping": "<a id=a href='ADDRESS' ping='ADDRESS'>x</a><script>a.click()</script>",
    "a frame that takes its parent along": "<iframe srcdoc=\"<script>top.location = 'ADDRESS'</script>\"></iframe>",
    "window.open here": "<script>open('ADDRESS', '_self')</script>",
}


def asking(host: str) -> tuple[str, list[str]]:
    """A page that asks `host` in every way, and the addresses that must be told as refused."""
    url = lambda way: f"http://{host}/{way}"
    body = "".join(markup.replace("ADDRESS", url(way)) for way, markup in MARKUP.items()) + UNTOLD.replace("HOST", host)
    code = [line.replace("ADDRESS", url(way)) for way, line in CODE.items()]
    code += [line.replace("HOST", host) for line in SOCKETS.values()]
    attempts = "".join(f"try {{ {line} }} catch {{}};" for line in code)
    work = "const work = text => new Worker(URL.createObjectURL(new Blob([text])));"
    page = f"{HEAD}{body}<script>{work} {attempts} {STIR}</script>"
    return page, [url(way) for way in [*MARKUP, *CODE]] + [f"ws://{host}/{way}" for way in SOCKETS]


class Ear:
    """Listens on one port of both loopbacks, by TCP and UDP, and on port 80 where it may. It answers nothing; `heard`
    holds what came."""

    def __enter__(self) -> "Ear":
        self.heard: list[str] = []
        self.sockets = [self.open(socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1", 0)]
        self.port = self.sockets[0].getsockname()[1]
        for family, kind, address, port in [
            (socket.AF_INET, socket.SOCK_DGRAM, "127.0.0.1", self.port),
            (socket.AF_INET6, socket.SOCK_STREAM, "::1", self.port),
            (socket.AF_INET6, socket.SOCK_DGRAM, "::1", self.port),
            (socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1", 80),
            (socket.AF_INET6, socket.SOCK_STREAM, "::1", 80),
        ]:
            try:
                self.sockets.append(self.open(family, kind, address, port))
            except OSError:
                pass  # no IPv6 here, or no right to that port
        for one in self.sockets:
            threading.Thread(target=self.listen, args=(one,), daemon=True).start()
        return self

    def open(self, family, kind, address: str, port: int) -> socket.socket:
        one = socket.socket(family, kind)
        one.bind((address, port))
        if kind == socket.SOCK_STREAM:
            one.listen(100)
        return one

    def listen(self, one: socket.socket) -> None:
        while True:
            try:
                if one.type == socket.SOCK_DGRAM:
                    self.heard.append(f"UDP {one.recv(2048)[:40]!r}")
                else:
                    connection, _ = one.accept()
                    self.heard.append("TCP")
                    with connection:
                        connection.settimeout(0.5)
                        try:
                            self.heard[-1] += f" {connection.recv(200)[:60]!r}"
                        except OSError:
                            pass
            except OSError:
                return

    def __exit__(self, *_) -> None:
        for one in self.sockets:
            one.close()


class Site:
    """A web server on an address of the loopback. It redirects, trickles, floods, never answers, or asks `other`."""

    def __init__(self, address: str, other: str):
        self.address, self.other = address, other

    def __enter__(self) -> "Site":
        site = self
        self.calls: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.calls.append(self.path)
                try:
                    site.answer(self)
                except OSError:
                    pass  # hung up on

            def log_message(self, *_) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer((self.address, 0), Handler)
        self.server.daemon_threads = True
        self.host = f"{self.address}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        what = request.path.split("?")[0].strip("/")
        places = {"redirect": f"http://{self.other}/there", "redirect-to-80": "http://127.0.0.1/", "loop": "/loop?x"}
        if what in places:
            request.send_response(302)
            request.send_header("Location", places[what])
            return request.end_headers()
        pages = {
            "asks": asking(self.other)[0],
            "leaves": script(f"location = 'http://{self.other}/left'"),
            "refreshes": HEAD + f"<meta http-equiv=refresh content='0;url=http://{self.other}/refreshed'>",
            "busy": script("while (true) {}"),
        }
        if what == "silent":
            return time.sleep(60)
        request.send_response(200)
        request.send_header("Content-Type", "text/html")
        request.end_headers()
        request.wfile.write(pages.get(what, HEAD).encode())
        while what == "trickle":
            request.wfile.write(b"<p>x")
            time.sleep(0.2)
        while what == "flood":
            request.wfile.write(b"<!--" + bytes(1 << 20) + b"-->")

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()
