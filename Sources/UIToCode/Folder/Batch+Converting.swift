// The designs' way to the shelf.
import Inference
import Media

/// What is known of a design before the work begins.
struct DesignPlan {
    var item: BatchItem
    /// Nil for a file that cannot be read.
    var key: String?
}

extension Batch {
    // What became of one conversion.
    private enum Outcome: Sendable {
        case settled(index: Int, key: String?)
        case stopped(BatchError)
    }

    /// Looks every design up. Files are read one after the other; none stays in memory.
    func plans(for designs: [BatchDesign], _ shelf: PageShelf) throws(BatchError) -> [DesignPlan] {
        var plans: [DesignPlan] = []
        for design in designs {
            guard !Task.isCancelled else { throw .cancelled }
            var plan = DesignPlan(item: BatchItem(path: design.path))
            do {
                let key = key(of: design, try FileBytes.load(design.file, atMost: options.imageLimits.maxFileBytes))
                plan.key = key
                if let known = known(design, key, shelf) { plan.item = known }
            } catch {
                plan.item.state = .failed
                plan.item.failure = error.words(without: design.file)
            }
            plans.append(plan)
        }
        return plans
    }

    /// Converts what waits, a few at a time.
    ///
    /// - Returns: the key of every design, in order; nil for files that cannot be read.
    func convert(
        _ designs: [BatchDesign], _ plans: [DesignPlan], _ shelf: PageShelf, _ teller: BatchTeller
    ) async throws(BatchError) -> [String?] {
        var keys = plans.map(\.key)
        var fault: BatchError?
        await withTaskGroup(of: Outcome.self) { group in
            var queue = Self.queue(plans).makeIterator()
            func startNext() {
                guard let index = queue.next() else { return }
                group.addTask { await outcome(of: designs[index], index, shelf, teller) }
            }
            for _ in 0..<max(1, options.inFlight) { startNext() }
            while let outcome = await group.next() {
                switch outcome {
                case .settled(let index, let key):
                    keys[index] = key
                    if fault == nil { startNext() }
                case .stopped(let error):
                    // Those that end because of the first fault have no word of their own.
                    if fault == nil { fault = error }
                    group.cancelAll()
                }
            }
        }
        guard !Task.isCancelled else { throw .cancelled }
        if let fault { throw fault }
        return keys
    }

    // Designs that are the same come last: they find the page of the first.
    private static func queue(_ plans: [DesignPlan]) -> [Int] {
        var seen: Set<String> = []
        let waiting = plans.indices.filter { plans[$0].item.state == .waiting }
        let isFirst = waiting.map { plans[$0].key.map { seen.insert($0).inserted } ?? true }
        return zip(waiting, isFirst).filter(\.1).map(\.0) + zip(waiting, isFirst).filter { !$0.1 }.map(\.0)
    }

    private func outcome(
        of design: BatchDesign, _ index: Int, _ shelf: PageShelf, _ teller: BatchTeller
    ) async -> Outcome {
        let start = ContinuousClock.now
        // The file may have changed since it was looked up: what is converted is what the key is of.
        let bytes: [UInt8]
        do { bytes = try FileBytes.load(design.file, atMost: options.imageLimits.maxFileBytes) } catch {
            teller.settled(index, .failed(design, error.words(without: design.file)), seconds: nil)
            return .settled(index: index, key: nil)
        }
        let key = key(of: design, bytes)
        if let known = known(design, key, shelf) {
            teller.settled(index, known, seconds: nil)
            return .settled(index: index, key: key)
        }
        do {
            let page = try await page(of: design, bytes, index, teller)
            try shelf.put(page, key)
            teller.settled(index, .done(design, page.facts), seconds: start.duration(to: .now).seconds)
        } catch {
            if let fault = Self.fault(error) { return .stopped(fault) }
            let words = (error as? MediaError)?.words(without: design.path) ?? "\(error)"
            do { try shelf.putFailure(words, key) } catch { return .stopped(.project(error)) }
            let isUnread = error is MediaError
            teller.settled(
                index, .failed(design, words), seconds: isUnread ? nil : start.duration(to: .now).seconds)
        }
        return .settled(index: index, key: key)
    }

    private func page(
        of design: BatchDesign, _ bytes: [UInt8], _ index: Int, _ teller: BatchTeller
    ) async throws -> FinishedPage {
        let picture = try Design.decode(bytes, path: design.path, limits: options.imageLimits)
        let (project, report) = try await Convert(engine: engine, renderer: renderer, options: options.convert)
            .run(picture) { teller.happened(index, $0) }
        return try FinishedPage(picture, project, report, entry: options.convert.stack.entryPath)
    }

    // What concerns more than one design; nil for what does not.
    private static func fault(_ error: any Error) -> BatchError? {
        switch error {
        case ConvertError.cancelled, is CancellationError: .cancelled
        case ConvertError.engine(.unavailable(let words)): .engine(.unavailable(words))
        case ConvertError.engineCannotSee: .engine(.unsupported("\(error)"))
        case let error as ProjectError: .project(error)
        default: nil
        }
    }

    private func key(of design: BatchDesign, _ bytes: [UInt8]) -> String {
        PageShelf.key(
            bytes: bytes, name: Design.stem(of: design.path), options: options.convert, engine: engine.abilities,
            isMeasured: renderer != nil)
    }

    // What the shelf knows of a design, unless it is to be tried again.
    private func known(_ design: BatchDesign, _ key: String, _ shelf: PageShelf) -> BatchItem? {
        if let page = shelf.page(key), !(options.retriesFailed && page.facts.unmeasured != nil) {
            var item = BatchItem.done(design, page.facts)
            item.isKept = true
            return item
        }
        guard !options.retriesFailed, let words = shelf.failure(key) else { return nil }
        var item = BatchItem.failed(design, words)
        item.isKept = true
        return item
    }
}

extension BatchItem {
    fileprivate static func done(_ design: BatchDesign, _ facts: FinishedPage.Facts) -> BatchItem {
        BatchItem(path: design.path, state: .done, score: facts.score, seconds: facts.seconds)
    }

    fileprivate static func failed(_ design: BatchDesign, _ words: String) -> BatchItem {
        BatchItem(path: design.path, state: .failed, failure: words)
    }
}

extension MediaError {
    // What is wrong, without the file's name in front: the design is named beside it.
    fileprivate func words(without file: String) -> String {
        let words = description
        return words.hasPrefix(file + ": ") ? String(words.dropFirst(file.count + 2)) : words
    }
}
