// Workflows: a recording becomes an analysis and a prototype. A workflow is a conversion of another kind, as a batch is
// (`BatchRoutes`); what it wrote about the recording has addresses of its own here.
import HTTPTypes
import Hummingbird
import Inference
import Jobs
import NIOCore

/// `/v1/workflows`.
struct WorkflowRoutes: Sendable {
    let store: JobStore
    let reader: ConversionReader
    let submissions: Submissions
    let folders: FolderReader

    var endpoints: RouteCollection<BottegaRequestContext> {
        submissions.endpoints(of: .workflow)
            .post(use: create)
            .get(":conversion/steps", use: steps)
            .get(":conversion/screens", use: screens)
            .get(":conversion/diagram.mmd", use: diagram)
            .get(":conversion/procedure.md", use: procedure)
            .get(":conversion/walkthrough.py", use: script)
    }

    @Sendable private func create(request: Request, context: BottegaRequestContext) async throws -> Response {
        try await submissions.create(request, context: context) {
            try await folders.workflow(request, caller: context.caller)
        }
    }

    // MARK: What was written

    @Sendable private func steps(request: Request, context: BottegaRequestContext) async throws -> Response {
        try await list("steps", request, context)
    }

    @Sendable private func screens(request: Request, context: BottegaRequestContext) async throws -> Response {
        try await list("screens", request, context)
    }

    @Sendable private func diagram(request: Request, context: BottegaRequestContext) async throws -> Response {
        try await file(.diagram, request, context)
    }

    @Sendable private func procedure(request: Request, context: BottegaRequestContext) async throws -> Response {
        try await file(.procedure, request, context)
    }

    @Sendable private func script(request: Request, context: BottegaRequestContext) async throws -> Response {
        try await file(.script, request, context)
    }

    private func list(_ name: String, _ request: Request, _ context: BottegaRequestContext) async throws -> Response {
        let list = try await reader.list(name, of: try await revision(request, context))
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: list.text(.compact))))
    }

    private func file(
        _ file: WorkflowFile, _ request: Request, _ context: BottegaRequestContext
    ) async throws -> Response {
        let revision = try await revision(request, context)
        return try await submissions.files.answer(file.rawValue, in: revision, context: context, request: request)
    }

    private func revision(_ request: Request, _ context: BottegaRequestContext) async throws -> Revision {
        let number = try Query(request, known: ["revision"]).revision
        return try await reader.revision(number, of: try await context.conversion(in: store, .workflow))
    }
}
