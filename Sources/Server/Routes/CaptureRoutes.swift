// Pictures of pages of the web. Where a page may lead is the configuration's to say and `Render`'s to guard; what is
// told of an address that was refused is in `RenderProblems`.
import Hummingbird
import Render

/// `/v1/capture`.
struct CaptureRoutes: Sendable {
    let rendering: Rendering
    /// What captured pages may reach; nil where captures are switched off.
    let policy: CapturePolicy?

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self).post(use: capture)
    }

    @Sendable private func capture(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        let shape = try Accept(request.headers).required(among: [PictureShape.picture, .json])
        guard let policy else {
            throw Problem(.captureDisabled, "this service captures no pages: capture.enabled is false")
        }
        let renderer = try rendering.required()
        return try await rendering.admit(context) {
            try await CaptureOrder.read(request, limits: rendering.limits)
        } answer: { order in
            let screenshot = try rendering.check(
                try await renderer.capture(
                    order.address, viewport: order.view.viewport(or: nil), policy: policy.withPort(of: order.address)))
            return try await PixelThreads.run { try ScreenshotRepresentation(screenshot).answer(as: shape) }
        }
    }
}
