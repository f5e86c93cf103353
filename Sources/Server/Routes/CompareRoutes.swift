// Comparisons: a design and a result, each a picture or a page, come together in one body; the numbers, the differences
// and the heat map leave in one answer. Two pictures need no browser. The size of what is compared is checked twice: of
// each side when it is decoded or shown, and of the canvas that both together cover.
import HTTPTypes
import Hummingbird
import Media
import Render

/// `/v1/compare`.
struct CompareRoutes: Sendable {
    let rendering: Rendering

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self).post(use: compare)
    }

    @Sendable private func compare(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        let shape = try Accept(request.headers).required(among: [PictureShape.json, .picture])
        return try await rendering.admit(context) {
            try await ComparisonOrder.read(request, limits: rendering.limits)
        } answer: { order in
            let limits = rendering.limits
            let (design, result) = try await PixelThreads.run {
                (
                    try order.design.subject("design", scale: order.view.scale, limits: limits),
                    try order.result.subject("result", scale: order.view.scale, limits: limits)
                )
            }
            let comparison = try await rendering.comparison(of: result, with: design, view: order.view)
            return try await PixelThreads.run {
                try comparison.answer(as: shape, headers: [.fidelityScore: comparison.score.total.headerText])
            }
        }
    }
}

extension Rendering {
    /// What a comparison of two sides comes to.
    ///
    /// - Throws: `image_too_large`, `render_failed`, or the browser's `RenderError`.
    func comparison(
        of result: Subject, with design: Subject, view: ViewOptions
    ) async throws -> ComparisonRepresentation {
        let viewport = view.viewport(or: design.viewport ?? result.viewport)
        let wanted = try await side(design, in: viewport)
        let found = try await side(result, in: viewport)
        try checkCanvas(wanted.image, found.image)
        return try await PixelThreads.run {
            let report = Fidelity.score(of: found.sight, against: wanted.sight)
            let heatMap = Fidelity.heatMap(of: found.image, against: wanted.image)
            return try ComparisonRepresentation(report, viewport: viewport, heatMap: heatMap)
        }
    }

    private func side(_ subject: Subject, in viewport: Viewport) async throws -> ComparedSide {
        switch subject {
        case .picture(let image, let scale): .picture(image, scale: scale)
        case .page(let page): .page(try await screenshot(of: page, in: viewport))
        }
    }

    // Two long strips, one lying and one standing, are small each and cover a square together.
    private func checkCanvas(_ design: Image, _ result: Image) throws(Problem) {
        let width = max(design.width, result.width)
        let height = max(design.height, result.height)
        let limit = limits.measuredPixels
        guard width * height <= limit else {
            throw Problem(
                .imageTooLarge, "design and result cover \(width) × \(height) pixels together; the limit is \(limit)",
                status: .unprocessableContent)
        }
    }
}

/// One side of a comparison as it is looked at.
private enum ComparedSide: Sendable {
    case picture(Image, scale: Double)
    case page(Screenshot)

    var image: Image {
        switch self {
        case .picture(let image, _): image
        case .page(let screenshot): screenshot.image
        }
    }

    /// With its lines of text, which are searched in a picture; that takes a while.
    var sight: Sight {
        switch self {
        case .picture(let image, let scale): Sight(estimating: image, scale: scale)
        case .page(let screenshot): Sight(screenshot)
        }
    }
}
