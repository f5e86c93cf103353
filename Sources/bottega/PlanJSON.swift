// A plan for machines: the configuration as published and every tensor that its files hold.
import Foundation
import Inference
import Model

struct PlanJSON {
    /// One JSON object.
    let line: String

    init(_ plan: CheckpointPlan) throws {
        let totals = PlanTotals(plan)
        var members: [JSONValue.Member] = [
            .init("name", .string(plan.name)), .init("model", .string(plan.config.modelType)),
            .init("config", try JSONValue(parsing: Array(plan.configuration))),
            .init("unconfirmed", .array((plan.published?.unconfirmed ?? []).map { .string($0) })),
            .init("parts", .array(totals.parts.map { Self.share($0, "part") })),
            .init("storage", .array(totals.types.map { Self.share($0, "elementType") })),
            .init("total", Self.share(totals.all)),
        ]
        if let known = plan.published?.known {
            members.append(
                .init(
                    "published",
                    .object([
                        .init("tensors", .number("\(known.tensorCount)")),
                        .init("gibibytes", .number("\(known.gibibytes)")),
                    ])))
        }
        members.append(.init("tensors", .array(plan.tensors.map(Self.tensor))))
        members.append(.init("ignored", .array(plan.ignored.map(Self.tensor))))
        line = JSONValue.object(members).text(.compact)
    }

    private static func share(_ share: PlanTotals.Share, _ label: String? = nil) -> JSONValue {
        let counts: [JSONValue.Member] = [
            .init("tensors", .number("\(share.tensors)")), .init("bytes", .number("\(share.bytes)")),
        ]
        return .object((label.map { [.init($0, .string(share.name))] } ?? []) + counts)
    }

    private static func tensor(_ tensor: PlannedTensor) -> JSONValue {
        .object([
            .init("name", .string(tensor.name)), .init("dtype", .string(tensor.elementType)),
            .init("shape", .array(tensor.shape.map { .number("\($0)") })),
            .init("bytes", .number("\(tensor.byteCount)")), .init("part", .string(tensor.part.rawValue)),
        ])
    }
}
