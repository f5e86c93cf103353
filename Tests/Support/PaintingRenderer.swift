// A renderer without a browser: enough to tell a page that resembles its design from one that does not.

import Media
package import Render

/// Paints a page in the colour that it names: blue, grey, or red for everything else.
package struct PaintingRenderer: PageRendering {
    package static let blue: (UInt8, UInt8, UInt8) = (20, 60, 200)

    /// What every page fails with; nil to paint.
    package var fault: RenderError?

    package init(fault: RenderError? = nil) { self.fault = fault }

    package func render(_ page: PageFiles, viewport: Viewport) async throws(RenderError) -> Screenshot {
        if let fault { throw fault }
        let text = String(decoding: page.files[page.entry] ?? [], as: UTF8.self)
        let colour: (UInt8, UInt8, UInt8) =
            text.contains("blue") ? Self.blue : text.contains("grey") ? (90, 90, 150) : (200, 0, 0)
        return Screenshot(
            image: Image(width: viewport.width, height: viewport.height, fill: colour), viewport: viewport)
    }
}
