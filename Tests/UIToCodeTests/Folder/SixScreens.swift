// Six screens of one app as the embedded model drafts them: one navigation, one kind of card, and the small differences
// that drafts have. The designs are painted, and the boxes are where the drafts put their elements.
import Foundation
import Inference
import Media
import Render
import Support

@testable import UIToCode

/// The screens of an invented shop's back office.
enum SixScreens {
    static let names = ["Overview", "Orders", "Products", "Customers", "Reports", "Settings"]
    static let width = 720
    static let height = 480

    /// What each page holds below its navigation.
    private static let mains = [
        """
        <main class="col gap-4 p-4"><h1>Overview</h1><div class="grid-3 gap-3">\(stat("Revenue", "$8,420"))\
        \(stat("Open orders", "316"))\(stat("Visitors", "12.5k"))</div><p class="muted">Numbers of this week.</p></main>
        """,
        """
        <main class="col gap-4 p-4"><h1>Orders</h1><div class="grid-2 gap-3">\(stat("Shipped", "1,204"))\
        \(stat("Returned", "17"))</div><table><tr><th>Customer</th><th>Amount</th></tr><tr><td>Anna Keller</td>\
        <td>$120</td></tr><tr><td>Omar Haddad</td><td>$39</td></tr></table></main>
        """,
        """
        <main class="col gap-4 p-4"><h1>Products</h1><div class="grid-2 gap-3">\(product("Teapot", "$34"))\
        \(product("Cup &amp; saucer", "$18"))</div></main>
        """,
        """
        <main class="col gap-4 p-4"><h1>Customers</h1><ul class="gap-2">\(person("Anna Keller", "anna@keller.io"))\
        \(person("Omar Haddad", "omar@haddad.io"))\(person("Grace Lee", "grace@lee.io"))</ul></main>
        """,
        """
        <main class="col gap-4 p-4"><h1>Reports</h1><div class="grid-3 gap-3">\(stat("Revenue", "$91,300"))\
        \(stat("Costs", "$40,118"))\(stat("Margin", "56%"))</div></main>
        """,
        """
        <main class="col gap-4 p-4"><h1>Settings</h1><form class="col gap-3"><div class="col gap-1">\
        <label for="shop">Shop name</label><input id="shop" value="Northwind"></div><div class="col gap-1">\
        <label for="mail">Mail</label><input id="mail" value="hello@northwind.io"></div><div class="col gap-1">\
        <label for="city">City</label><input id="city" value="Bergamo"></div>\
        <button class="btn bg-sky-600 text-white">Save</button></form></main>
        """,
    ]

    private static func stat(_ label: String, _ value: String) -> String {
        "<div class=\"card\"><p class=\"small muted\">\(label)</p><p class=\"big\">\(value)</p></div>"
    }

    private static func product(_ name: String, _ price: String) -> String {
        """
        <div class="card col gap-2"><div class="img"></div><h3>\(name)</h3><div class="row between"><p class="bold">\
        \(price)</p><button class="btn bg-sky-600 text-white">Add</button></div></div>
        """
    }

    private static func person(_ name: String, _ mail: String) -> String {
        """
        <li class="row gap-3"><i class="avatar"></i><div class="col grow"><b>\(name)</b><span class="small muted">\
        \(mail)</span></div></li>
        """
    }

    /// The navigation of a page: its own item is bold, and some drafts differ in ways that do not show.
    static func navigation(_ number: Int, extra: String = "") -> String {
        let gap = number == 2 ? "gap-3 center" : "gap-3"
        let links = names.enumerated().map { index, name in
            index == number ? "<a class=\"bold\">\(name)</a>" : "<a>\(name)</a>"
        }
        return """
            <nav class="row between px-4 py-2 bg-slate-900 text-white"><b>Northwind</b><div class="row \(gap)">\
            \(links.joined())\(extra)</div></nav>
            """
    }

    /// The complete document of a page.
    ///
    /// - Parameter rules: style rules that a repair added.
    static func document(_ number: Int, extra: String = "", rules: String = "") throws -> String {
        let css = String(decoding: try Fixtures.data("model/stylesheet.css"), as: UTF8.self)
        let body = "<body class=\"bg-slate-100 neutral\">\(navigation(number, extra: extra))\(mains[number])</body>"
        let page = Page.document(answer: body, stylesheet: Stylesheet(css), fallbackTitle: names[number])
        return (page ?? "").replacing("</style>", with: rules + "</style>")
    }

    /// All pages, without pictures.
    static func inputs(rules: [Int: String] = [:]) throws -> [SiteInput] {
        try names.indices.map { number in
            SiteInput(
                path: "app/\(names[number]).png", name: names[number],
                html: try document(number, rules: rules[number] ?? ""), assets: [], elements: [], width: width,
                height: height, picture: { Image(width: 1, height: 1, fill: (0, 0, 0)) })
        }
    }

    // MARK: Pictures

    /// All pages, with what the designs show and where the drafts put the navigation's elements.
    static func seenInputs() throws -> [SiteInput] {
        var inputs = try inputs()
        for number in inputs.indices {
            inputs[number].elements = boxes(number)
            inputs[number].score = 0.9
            inputs[number].picture = { picture(number) }
        }
        return inputs
    }

    /// The boxes of the navigation's elements.
    static func boxes(_ number: Int) -> [ElementBox] {
        let nav = "body > nav:nth-child(1)"
        let row = nav + " > div:nth-child(2)"
        func box(_ selector: String, _ tag: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double)
            -> ElementBox
        {
            ElementBox(selector: selector, tag: tag, box: Box(x: x, y: y, width: width, height: height))
        }
        return [
            box(nav, "nav", 0, 0, Double(width), 40), box(nav + " > b:nth-child(1)", "b", 16, 10, 80, 20),
            box(row, "div", 220, 10, 484, 20),
        ]
            + names.indices.map { index in
                box(row + " > a:nth-child(\(index + 1))", "a", 220 + Double(index) * 82, 10, 70, 20)
            }
    }

    /// A design: a dark bar with strokes for words, the page's own item on a lighter ground.
    ///
    /// - Parameter hasOtherWords: whether the items say something that they say in no other design.
    static func picture(_ number: Int, hasOtherWords: Bool = false) -> Image {
        var pixels = [UInt8](repeating: 241, count: width * height * 3)
        func fill(_ x: Int, _ y: Int, _ columns: Int, _ rows: Int, _ level: (UInt8, UInt8, UInt8)) {
            for row in y..<y + rows {
                for column in x..<x + columns {
                    let start = (row * width + column) * 3
                    (pixels[start], pixels[start + 1], pixels[start + 2]) = level
                }
            }
        }
        fill(0, 0, width, 40, (15, 23, 42))
        for stroke in 0..<14 { fill(18 + stroke * 5, 13 + stroke % 3, 2, 12, (255, 255, 255)) }
        for index in names.indices {
            if index == number { fill(216 + index * 82, 6, 76, 28, (71, 85, 105)) }
            for stroke in 0..<10 + index % 3 {
                let x = 222 + index * 82 + (hasOtherWords ? stroke * stroke / 3 : stroke * 5)
                fill(x, 13 + (stroke * 7 + index) % 4, 1, 11, (255, 255, 255))
            }
        }
        return Image(width: width, height: height, pixels: pixels)
    }
}
