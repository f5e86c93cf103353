// Repairs by the model itself, where it follows instructions: one difference a round, said in words, with its place. The
// answer is a whole new page, and is kept only by the rule that every repair is held to.
import Inference
import Render

extension Convert {
    /// Asks the model to mend the gravest differences, one after the other.
    ///
    /// - Returns: the page as it was, or a better one; what was asked is in its steps, each of which is told. Costs are added to
    ///   `costs`.
    func repairedByModel(
        _ start: RepairOutcome, of design: Design, on bench: Bench, bounds: RepairOptions, costs: inout ConvertReport,
        tell: (RepairStep) -> Void
    ) async throws(ConvertError) -> RepairOutcome {
        guard engine.abilities.followsInstructions, engine.abilities.dialect == nil else { return start }
        var outcome = start
        var asked: Set<String> = []
        for _ in 0..<bounds.modelRounds where bench.seconds < options.budgetSeconds ?? .infinity {
            guard let difference = outcome.report.differences.first(where: { !asked.contains($0.description) })
            else { break }
            asked.insert(difference.description)
            let began = bench.seconds
            var step = RepairStep(
                repair: "model", change: difference.description, before: outcome.report.score, after: nil,
                outcome: .failed, reason: nil, seconds: 0)
            do {
                let (candidate, report) = try await mended(outcome.project, difference, design: design, bench)
                costs.add(report)
                let screenshot = try await bench.screenshot(of: candidate)
                let fidelity = Fidelity.score(of: Sight(screenshot), against: bench.sight)
                step.after = fidelity.score
                let rule = Acceptance(tolerance: bounds.tolerance, draft: start.draft)
                step.reason = rule.objection(to: fidelity.score, before: outcome.report.score)
                step.outcome = step.reason == nil ? .kept : .refused
                if step.reason == nil {
                    outcome.project = candidate
                    outcome.screenshot = screenshot
                    outcome.report = fidelity
                }
            } catch ConvertError.cancelled {
                throw ConvertError.cancelled
            } catch RenderError.cancelled {
                throw ConvertError.cancelled
            } catch {
                step.reason = "\(error)"
            }
            step.seconds = bench.seconds - began
            outcome.steps.append(step)
            tell(step)
        }
        outcome.seconds += outcome.steps.dropFirst(start.steps.count).reduce(0) { $0 + $1.seconds }
        return outcome
    }

    private func mended(
        _ project: Project, _ difference: Difference, design: Design, _ bench: Bench
    ) async throws -> (project: Project, report: ConvertReport) {
        let box = difference.designBox ?? difference.resultBox
        let instruction = Instruction(
            "Compared with the picture the page has one fault: \(difference.description). "
                + "Mend this and leave everything else as it is.",
            selector: difference.selector,
            box: box.map { Instruction.Box(x: $0.x, y: $0.y, width: max(1, $0.width), height: max(1, $0.height)) })
        return try await revise(project, of: design, by: .instruction(instruction), file: bench.entry)
    }
}
