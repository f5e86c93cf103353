// Pictures of pages: a page, or a project in a zip, becomes a screenshot with what the browser says about it. The page
// reaches nothing but the files that came with it.
import Hummingbird
import Render

/// `/v1/render`.
struct RenderRoutes: Sendable {
    let rendering: Rendering

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self).post(use: render)
    }

    @Sendable private func render(request: Request, context: BottegaRequestContext) async throws -> Response {
        let shape = try Accept(request.headers).required(among: [PictureShape.picture, .json])
        _ = try rendering.required()
        return try await rendering.admit(context) {
            try await PageOrder.read(request, limits: rendering.limits)
        } answer: { order in
            let screenshot = try await rendering.screenshot(of: order.page, in: order.view.viewport(or: nil))
            return try await PixelThreads.run { try ScreenshotRepresentation(screenshot).answer(as: shape) }
        }
    }
}
