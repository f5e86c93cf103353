// A plan for people: what each part holds, how it is stored, what it comes to.
import Foundation
import Model

struct PlanText {
    let lines: [String]

    init(_ plan: CheckpointPlan) {
        let totals = PlanTotals(plan)
        var lines = [InspectionText.line("plan", "\(plan.name), a \(plan.config.modelType)")]
        if let unconfirmed = plan.published?.unconfirmed, !unconfirmed.isEmpty {
            lines.append(InspectionText.line("unconfirmed", unconfirmed.joined(separator: ", ")))
        }
        lines += totals.parts.map { InspectionText.line($0.name, Self.share($0)) }
        for (index, type) in totals.types.enumerated() {
            lines.append(InspectionText.line(index == 0 ? "weights" : "", "\(type.name): \(Self.share(type))"))
        }
        lines.append(InspectionText.line("ignored", plan.ignored.isEmpty ? "none" : Self.share(totals.ignored)))
        lines.append(InspectionText.line("total", Self.share(totals.all)))
        if let known = plan.published?.known {
            lines.append(InspectionText.line("published", "\(known.tensorCount) tensors, \(known.gibibytes) GiB"))
        }
        self.lines = lines
    }

    private static func share(_ share: PlanTotals.Share) -> String {
        let tensors = share.tensors == 1 ? "1 tensor" : "\(share.tensors) tensors"
        return "\(tensors), \(size(share.bytes))"
    }

    // One decimal of a GiB even where there are hundreds: what is published is counted so.
    private static func size(_ bytes: Int) -> String {
        bytes < 100 << 30 ? InspectionText.bytes(bytes) : String(format: "%.1f GiB", Double(bytes) / Double(1 << 30))
    }
}

/// What the tensors of a plan come to.
struct PlanTotals {
    struct Share {
        let name: String
        let tensors, bytes: Int

        init(_ name: String, _ planned: some Collection<PlannedTensor>) {
            self.name = name
            tensors = planned.count
            bytes = planned.reduce(0) { $0 + $1.byteCount }
        }
    }

    /// Parts that there are, in the order of `CheckpointPart`; ignored tensors are in none.
    let parts: [Share]
    /// Element types as published, the one with the most bytes first.
    let types: [Share]
    let ignored: Share
    /// Everything in the files, ignored tensors among them.
    let all: Share

    init(_ plan: CheckpointPlan) {
        let byPart = Dictionary(grouping: plan.tensors, by: \.part)
        parts = CheckpointPart.allCases.compactMap { part in byPart[part].map { Share(part.rawValue, $0) } }
        types = Dictionary(grouping: plan.tensors, by: \.elementType).map { Share($0, $1) }
            .sorted { $0.bytes > $1.bytes }
        ignored = Share("ignored", plan.ignored)
        all = Share("total", plan.tensors + plan.ignored)
    }
}
