// Two screens side by side, each a picture or a page. A page is shown in the other's window, so that both are as large.
public import Media

/// One side of a comparison.
public enum Subject: Sendable {
    /// A picture; `scale` is its pixels for a CSS pixel.
    case picture(Image, scale: Double = 1)
    /// A page, to be shown.
    case page(PageFiles)
}

/// What a comparison found.
public struct Comparison: Sendable {
    /// The design as it was compared.
    public var design: Sight
    /// The result as it was compared.
    public var result: Sight
    /// The window that pages were shown in.
    public var viewport: Viewport
    /// The numbers, and the typed differences.
    public var report: FidelityReport

    /// Where the two differ, as large as the larger of them.
    public var heatMap: Image { Fidelity.heatMap(of: result.image, against: design.image) }
}

/// Shows pages. `Renderer` does it with a browser.
public protocol PageRendering: Sendable {
    /// Shows a page in a window.
    func render(_ page: PageFiles, viewport: Viewport) async throws(RenderError) -> Screenshot
}

/// Lets pages be used. `Renderer` does it with a browser.
public protocol PageDriving: PageRendering {
    /// Opens a page in a window and gives it to `body`, for `seconds` in all.
    func drive<Outcome: Sendable>(
        _ page: PageFiles, viewport: Viewport, seconds: Double,
        _ body: @Sendable (PageSession) async throws -> Outcome
    ) async throws -> Outcome
}

extension Renderer: PageDriving {}

/// Stands in where there is no browser: pictures can still be compared.
public struct NoRenderer: PageRendering {
    /// Why there is none; what every `render` throws.
    public let reason: RenderError

    /// Takes the place of a renderer that could not be made.
    public init(_ reason: RenderError) { self.reason = reason }

    /// - Throws: `reason`, always.
    public func render(_ page: PageFiles, viewport: Viewport) async throws(RenderError) -> Screenshot { throw reason }
}

extension PageRendering {
    /// Compares a result with a design.
    ///
    /// - Parameter viewport: the window for pages; nil for the size of the side that is a picture, else 1280 × 800.
    public func compare(
        _ result: Subject, to design: Subject, viewport: Viewport? = nil
    ) async throws(RenderError) -> Comparison {
        let viewport = viewport ?? design.viewport ?? result.viewport ?? Viewport(width: 1280, height: 800)
        let design = try await sight(of: design, in: viewport)
        let result = try await sight(of: result, in: viewport)
        return Comparison(
            design: design, result: result, viewport: viewport, report: Fidelity.score(of: result, against: design))
    }

    private func sight(of subject: Subject, in viewport: Viewport) async throws(RenderError) -> Sight {
        switch subject {
        case .picture(let image, let scale): Sight(estimating: image, scale: scale)
        case .page(let page): Sight(try await render(page, viewport: viewport))
        }
    }
}

extension Subject {
    /// The window that shows a page as large as the picture; nil for a page.
    public var viewport: Viewport? {
        guard case .picture(let image, let scale) = self else { return nil }
        return Viewport(
            width: max(1, Int((Double(image.width) / scale).rounded())),
            height: max(1, Int((Double(image.height) / scale).rounded())), scale: scale)
    }
}
