// Four digits behind the point are what a receipt tells to machines: more say nothing about a page, and would differ
// between runs.
import Render

extension Receipt {
    /// The receipt with four digits behind every point.
    var rounded: Receipt {
        var receipt = self
        receipt.fidelity.score = fidelity.score.rounded
        receipt.fidelity.meanColourDifference = fidelity.meanColourDifference.rounded4
        receipt.fidelity.width = fidelity.width.rounded4
        receipt.fidelity.height = fidelity.height.rounded4
        receipt.fidelity.differences = fidelity.differences.map(\.rounded)
        receipt.draft = draft.rounded
        receipt.attempts = attempts.map { attempt in
            var attempt = attempt
            attempt.temperature = attempt.temperature.rounded4
            attempt.total = attempt.total?.toldScore
            attempt.seconds = attempt.seconds.rounded4
            return attempt
        }
        receipt.steps = steps.map { step in
            var step = step
            step.before = step.before.rounded
            step.after = step.after?.rounded
            step.seconds = step.seconds.rounded4
            return step
        }
        receipt.viewport.scale = viewport.scale.rounded4
        receipt.overflow = overflow.rounded4
        receipt.repairSeconds = repairSeconds.rounded4
        return receipt
    }
}

extension FidelityScore {
    fileprivate var rounded: FidelityScore {
        var score = self
        score.block = block?.toldScore
        score.text = text?.toldScore
        score.position = position?.toldScore
        score.colour = colour?.toldScore
        score.structure = structure?.toldScore
        score.tone = tone?.toldScore
        score.edges = edges?.toldScore
        score.completeness = completeness?.toldScore
        score.accessibility = accessibility?.toldScore
        score.total = total.toldScore
        score.shares = shares.mapValues(\.rounded4)
        return score
    }
}

extension Difference {
    fileprivate var rounded: Difference {
        var difference = self
        difference.designBox = designBox?.rounded
        difference.resultBox = resultBox?.rounded
        difference.severity = severity.rounded4
        switch kind {
        case .moved(let dx, let dy): difference.kind = .moved(dx: dx.rounded4, dy: dy.rounded4)
        case .wrongSize(let expected, let found):
            difference.kind = .wrongSize(expected: expected.rounded4, found: found.rounded4)
        case .overflow(let pixels): difference.kind = .overflow(pixels.rounded4)
        default: break
        }
        return difference
    }
}

extension Box {
    fileprivate var rounded: Box {
        Box(x: x.rounded4, y: y.rounded4, width: width.rounded4, height: height.rounded4)
    }
}

extension Double {
    /// The number with four digits behind the point.
    var rounded4: Double {
        let value = (self * 10_000).rounded() / 10_000
        return value == 0 ? 0 : value
    }
}
