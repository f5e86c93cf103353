"""The four recordings: what is done in which app, and how each is stored."""

from collections.abc import Callable
from dataclasses import dataclass

from film import Format
from stage import Stage


@dataclass
class Scene:
    """One recording."""

    file: str
    page: str
    size: tuple[int, int]
    rate: int
    form: Format
    play: Callable[[Stage], None]
    touches: bool = False
    seed: int = 1


def shop(stage: Stage) -> None:
    """Looks around a shop, opens a product, goes back, opens it again, buys two."""
    stage.begin("catalogue")
    stage.wait(1.2)
    stage.wheel("html", 5, "catalogue")
    stage.wait(0.9)
    stage.wheel("html", -5, "catalogue")
    stage.wait(0.5)
    stage.click(".card >> nth=1", "navigation", "Moor tent", to="product")
    stage.wait(1.0)
    stage.click(".back", "navigation", "Back to the shop", to="catalogue")
    stage.wait(0.8)
    stage.click(".card >> nth=1", "navigation", "Moor tent", to="product")
    stage.wait(2.4)
    stage.click("#more", "change", "+")
    stage.wait(0.6)
    stage.click("#add", "change", "Add to basket")
    stage.wait(0.7)
    stage.click(".basket", "navigation", "Basket", to="cart")
    stage.wait(1.1)
    stage.click("#checkout-button", "navigation", "Checkout", to="checkout")
    stage.wait(0.6)
    stage.click("#name", "change", "Full name", optional="focus")
    stage.wait(0.2)
    stage.type("Mara Lindqvist", "Full name")
    stage.wait(0.4)
    stage.click("#mail", "change", "E-mail", optional="focus")
    stage.wait(0.2)
    stage.type("mara@example.org", "E-mail")
    stage.wait(0.5)
    stage.click("#express", "change", "Express")
    stage.wait(0.8)
    stage.click("#order", "overlay_open", "Place order", to="question", below="checkout")
    stage.wait(1.2)
    stage.click("#yes", "animation", "Yes, place it")
    stage.app("navigation", "!document.querySelector('.veil').classList.contains('on')", "order confirmed",
              to="confirmed", spinner="button")
    stage.wait(1.6)


def dashboard(stage: Stage) -> None:
    """Waits for a table, edits a customer in it, changes settings."""
    stage.begin("overview")
    stage.wait(1.5)
    stage.click("nav a[data-to=customers]", "navigation", "Customers", to="customers")
    stage.app("change", "loaded", "table", spinner="Loading customers")
    stage.wait(0.8)
    stage.move((780, 430))
    stage.wheel("#customers", 6, "table of customers")
    stage.wait(0.8)
    stage.click(".more[data-index='15']", "overlay_open", "⋯", to="row menu", below="customers")
    stage.wait(0.6)
    stage.click("#edit", "overlay_open", "Edit customer", to="customer", below="customers")
    stage.wait(0.8)
    stage.click("#statement", "change", "Monthly statement")
    stage.wait(0.4)
    stage.click("#note", "change", "Note for the harbour office", optional="focus")
    stage.wait(0.2)
    stage.type("Arrives after dark", "Note for the harbour office")
    stage.wait(2.6)
    stage.click("#save", "overlay_close", "Save changes", to="customers")
    stage.wait(0.9)
    stage.click("nav a[data-to=settings]", "navigation", "Settings", to="settings")
    stage.wait(0.9)
    stage.click("a[data-pane=notices]", "change", "Notifications")
    stage.wait(0.7)
    stage.click("#late", "change", "Late payments")
    stage.wait(0.6)
    stage.click("#storm", "change", "Storm warnings")
    stage.wait(0.7)
    stage.click("#me", "overlay_open", "RK", to="my menu", below="settings")
    stage.wait(1.0)
    stage.move((700, 560))
    stage.click("main", "overlay_close", "outside the menu", to="settings")
    stage.wait(0.8)
    stage.click("nav a[data-to=overview]", "navigation", "Overview", to="overview")
    stage.wait(1.4)


def mail(stage: Stage) -> None:
    """Searches letters, reads one, deletes one and takes it back, writes one."""
    toast = "document.querySelector('.toast').classList.contains('on')"
    saved = "document.querySelector('.saved').classList.contains('on')"
    stage.begin("inbox")
    stage.wait(1.2)
    stage.wheel("#list", 5, "inbox")
    stage.wait(0.7)
    stage.wheel("#list", -5, "inbox")
    stage.wait(0.6)
    stage.click("#search", "change", "Search letters", optional="focus")
    stage.wait(0.2)
    stage.type("invoice", "Search letters")
    stage.app("change", "found.length < 5", "results")
    stage.wait(0.8)
    stage.click(".row >> nth=0 >> p", "navigation", "Invoice 2207 for the posters", to="letter")
    stage.wait(2.5)
    stage.click("#back", "navigation", "Back", to="inbox")
    stage.wait(0.7)
    stage.click("#clear", "change", "×")
    stage.wait(0.8)
    stage.click(".row >> nth=3 >> .star", "change", "★")
    stage.wait(0.7)
    stage.click(".row >> nth=4 >> .bin", "change", "Delete")
    stage.app("overlay_open", toast, "Letter moved to the bin", to="deleted", below="inbox")
    stage.wait(0.8)
    stage.click("#undo", "overlay_close", "Undo", to="inbox")
    stage.wait(0.8)
    stage.click("#compose", "overlay_open", "Compose", to="new letter", below="inbox")
    stage.wait(0.5)
    stage.click("#to", "change", "To", optional="focus")
    stage.wait(0.2)
    stage.type("jonas@example.net", "To")
    stage.wait(0.3)
    stage.click("#subject", "change", "Subject", optional="focus")
    stage.wait(0.2)
    stage.type("Lunch on Friday", "Subject")
    stage.app("overlay_open", saved, "Draft saved", to="draft saved", below="new letter")
    stage.app("overlay_close", f"!{saved}", "Draft saved", to="new letter")
    stage.wait(0.8)
    stage.click("#send", "overlay_close", "Send", to="inbox")
    stage.app("overlay_open", toast, "Letter sent", to="sent", below="inbox")
    stage.app("overlay_close", f"!{toast}", "Letter sent", to="inbox")
    stage.wait(1.2)


def trail(stage: Stage) -> None:
    """Looks for a hike with a thumb, starts it, turns on the maps."""
    stage.begin("discover")
    stage.wait(1.2)
    stage.flick("#discover", 300, "hikes")
    stage.wait(0.7)
    stage.flick("#discover", 320, "hikes")
    stage.wait(0.9)
    stage.flick("#discover", -260, "hikes")
    stage.wait(0.8)
    stage.click(".card >> nth=4", "navigation", "Lighthouse way", to="hike")
    stage.wait(1.0)
    stage.click("#back", "navigation", "‹", to="discover")
    stage.wait(0.9)
    stage.click(".card >> nth=4", "navigation", "Lighthouse way", to="hike")
    stage.wait(2.4)
    stage.click("#heart", "change", "♥")
    stage.wait(0.9)
    stage.click("#start", "overlay_open", "Start hike", to="company", below="hike")
    stage.wait(0.9)
    stage.click("#friends", "change", "With friends")
    stage.wait(0.8)
    stage.click("#confirm", "animation", "Confirm")
    stage.app("overlay_close", "!document.querySelector('.sheet').classList.contains('on')", "sheet", to="hike",
              spinner="button")
    stage.wait(1.0)
    stage.click("#back", "navigation", "‹", to="discover")
    stage.wait(0.8)
    stage.click("nav a[data-to=saved]", "navigation", "Saved", to="saved")
    stage.wait(1.2)
    stage.click("nav a[data-to=profile]", "navigation", "Profile", to="profile")
    stage.wait(0.9)
    stage.click("#offline", "change", "Offline maps")
    stage.wait(0.9)
    stage.click("nav a[data-to=discover]", "navigation", "Discover", to="discover")
    stage.wait(1.4)


SCENES = {
    "shop": Scene(
        "shop.mp4", "shop.html", (1280, 720), 15,
        Format("libx264", {"preset": "slow", "crf": "25", "g": "150"}), shop,
    ),
    "dashboard": Scene(
        "dashboard.webm", "dashboard.html", (1280, 720), 15,
        Format("libvpx-vp9", {"crf": "36", "b": "0", "g": "150", "cpu-used": "4", "tune-content": "screen"}),
        dashboard, seed=2,
    ),
    "mail": Scene(
        "mail.mkv", "mail.html", (1280, 720), 15,
        Format("libsvtav1", {"preset": "6", "crf": "36", "g": "300", "svtav1-params": "lp=1:scm=1"}), mail, seed=3,
    ),
    "trail": Scene(
        "trail.mov", "trail.html", (390, 844), 20,
        Format("libx265", {"preset": "slow", "crf": "26", "x265-params": "log-level=none:pools=1:keyint=400:bframes=0"},
               skips_equal=True, is_turned=True),
        trail, touches=True, seed=4,
    ),
}
