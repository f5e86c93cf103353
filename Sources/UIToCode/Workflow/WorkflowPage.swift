// `report.html` of a recording: a timeline that one can scrub, with the frames that show each step, and everything else that
// was found beside it. Pictures lie in `images/` beside the page. Its style and its script are in `WorkflowPage+Look.swift`.
import Render

/// An analysis to be looked at.
struct WorkflowPage {
    let report: WorkflowReport

    /// The page as one HTML file, to lie beside `images/`.
    ///
    /// Proofs: `WorkflowPageTests`; in a browser `Tests/Trials/workflow_report.py`.
    static func html(of report: WorkflowReport) -> String { html(of: report, nonce: ReportDocument.freshNonce()) }

    /// The page with a number that was drawn before.
    static func html(of report: WorkflowReport, nonce: String) -> String {
        ReportDocument(
            title: "\(report.name) · Bottega", heading: "Workflow", content: WorkflowPage(report: report).content,
            scripts: [script], hasFilesBeside: true, nonce: nonce, styles: [style]
        ).html
    }

    private var content: Markup {
        """
        <div class="page">
        <div class="summary mat">
        \(headline)
        \(words)
        </div>
        \(look)
        \(section("diagram", "Screens and ways", "<div class=\"scroll\">\(StateDiagram(report).svg)</div>"))
        \(section("screens", report.screens.count.counted("screen"), "<ul class=\"gallery-grid\">\(report.screens.map(screen))</ul>"))
        \(report.notes.isEmpty ? nil : section("notes", report.notes.count.counted("note"), "<ul class=\"lines\">\(report.notes.map(note))</ul>"))
        \(report.replay == nil ? nil : section("replay", "Prototype beside the recording", replay))
        </div>
        """
    }

    private func section(_ id: String, _ title: String, _ content: Markup) -> Markup {
        """
        <section class="card" aria-labelledby="\(id)-title">
        <h2 id="\(id)-title">\(title)</h2>
        \(content)
        </section>
        """
    }

    // MARK: The whole

    private var headline: Markup {
        let video = report.video
        return """
            <div class="headline">
            <h1>\(.foreign(report.name))</h1>
            <p class="score">\(report.steps.count)<small> \(report.steps.count == 1 ? "step" : "steps")</small></p>
            \(report.replay.map(reached))
            <dl class="facts">
            \(fact("Recording", "\(video.seconds.secondsWords), \(video.width) × \(video.height), \(video.codec)"))
            \(fact("Screens", "\(report.screens.count)"))
            \(fact("Model", .foreign(report.engine)))
            \(report.redacted ? fact("Typed text", "left out") : nil)
            \(fact("Analysed in", "\(report.seconds.total.secondsWords)"))
            </dl>
            \(video.damage.map { "<p class=\"note\">The recording is damaged: \(.foreign($0)).</p>" as Markup })
            </div>
            """
    }

    private func reached(_ replay: WorkflowReport.Replay) -> Markup {
        let tone = replay.reached == replay.steps ? "gain" : "loss"
        return """
            <p class="way"><span>Prototype reaches <b class="\(tone)">\(replay.reached) of \(replay.steps)</b></span></p>
            """
    }

    private func fact(_ name: String, _ value: Markup) -> Markup { "<div><dt>\(name)</dt><dd>\(value)</dd></div>" }

    private var words: Markup {
        let author = report.summary.author == .engine ? "Written by the model." : "Put together from the steps."
        let links = [
            ("prototype/index.html", "Prototype"), ("procedure.md", "Procedure"),
            ("walkthrough.py", "Playwright script"),
            ("diagram.mmd", "Mermaid diagram"), ("workflow.json", "Analysis as JSON"),
        ].filter {
            $0.0 != "prototype/index.html" && $0.0 != "walkthrough.py" || report.screens.contains { $0.page != nil }
        }
        return """
            <div class="bill story"><h2>What happened</h2>
            <p>\(.foreign(report.summary.text))</p>
            <p class="quiet">\(author)</p>
            <ul class="links">\(links.map { "<li><a href=\"\($0.0)\">\($0.1)</a></li>" as Markup })</ul></div>
            """
    }

    // MARK: The timeline

    private var duration: Double { max(report.video.seconds, report.steps.map(\.end).max() ?? 0, 0.1) }

    private var look: Markup {
        let (width, height) = (report.video.width, report.video.height)
        let first = report.steps.first?.evidence.before ?? report.screens.first?.picture ?? ""
        return """
            <section id="look" aria-labelledby="look-title">
            <div class="heading"><h2 id="look-title">Timeline</h2>
            <p class="quiet" id="where" aria-live="polite"></p></div>
            <div class="workbench">
            <div class="bench mat"><div class="player">
            <svg id="stage" viewBox="0 0 \(width) \(height)" role="img" aria-label="The recording at this time">
            <image id="frame" href="\(first)" width="\(width)" height="\(height)"/>
            <rect id="aim" class="mark on" rx="4" width="0" height="0"/>
            <circle id="dot" r="\((Double(min(width, height)) / 40).coordinate)" cx="-99" cy="-99"/>
            </svg>
            <div class="track-box">
            <svg class="lanes" id="lanes" viewBox="0 0 1000 66" preserveAspectRatio="none" aria-hidden="true">
            \(report.screens.enumerated().flatMap(lane))
            \(report.steps.enumerated().map(mark))
            \(report.notes.map(flag))
            <rect id="head" x="0" y="0" width="2" height="66"/>
            </svg>
            <input type="range" id="time" min="0" max="\(duration.fixed(2))" step="0.05" value="0" \
            aria-label="Time in seconds" hidden>
            </div>
            <div class="bar" id="controls" hidden>
            <button type="button" id="previous" aria-label="Step before">‹</button>
            <button type="button" id="play" aria-pressed="false">Play</button>
            <button type="button" id="next" aria-label="Next step">›</button>
            <output id="clock" for="time">0.0 s</output>
            <span class="legend"><i class="key-screen"></i> screens <i class="key-step"></i> steps \
            <i class="key-note"></i> notes</span>
            </div>
            </div></div>
            <aside class="panel card" aria-labelledby="steps-title">
            <h2 id="steps-title">\(report.steps.count.counted("step"))</h2>
            \(ReceiptPage.filter(report.steps.map { ($0.action.rawValue, $0.action.label) }, of: "steps"))
            <ol class="differences" id="steps">
            \(report.steps.enumerated().map(item))
            </ol>
            </aside>
            </div>
            <ol id="moments" hidden>\(moments.map { "<li data-at=\"\($0.0.fixed(3))\" data-src=\"\($0.1)\"></li>" as Markup })</ol>
            </section>
            """
    }

    // Which frame is shown from when on.
    private var moments: [(Double, String)] {
        var moments: [(Double, String)] = []
        for step in report.steps {
            moments += [(step.start, step.evidence.before), (step.end, step.evidence.after)]
        }
        return moments.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element)
    }

    private func along(_ seconds: Double) -> Double { min(1, max(0, seconds / duration)) * 1000 }

    private func lane(_ number: Int, _ screen: WorkflowReport.Screen) -> [Markup] {
        screen.spans.map { span in
            let (start, end) = (along(span.start), along(span.end))
            return """
                <rect class="lane\(number % 2 == 0 ? "" : " odd")" x="\(start.coordinate)" y="4" \
                width="\(max(3, end - start).coordinate)" height="16"><title>\(screen.name)</title></rect>
                """
        }
    }

    private func mark(_ number: Int, _ step: WorkflowReport.Step) -> Markup {
        let (start, end) = (along(step.start), along(step.end))
        return """
            <rect class="moment" data-step="\(number)" x="\(start.coordinate)" y="25" \
            width="\(max(5, end - start).coordinate)" height="20"><title>\(step.instruction)</title></rect>
            """
    }

    private func flag(_ note: WorkflowReport.Note) -> Markup {
        let (start, end) = (along(note.start), along(note.end))
        return """
            <rect class="flag" x="\(start.coordinate)" y="50" width="\(max(5, end - start).coordinate)" height="12">\
            <title>\(note.text)</title></rect>
            """
    }

    private func item(_ number: Int, _ step: WorkflowReport.Step) -> Markup {
        let box = step.target?.box
        let place: Markup? = box.map {
            """
             data-left="\($0.x.coordinate)" data-top="\($0.y.coordinate)" data-width="\($0.width.coordinate)" \
            data-height="\($0.height.coordinate)"
            """
        }
        let point: Markup? = step.target?.point.map { " data-x=\"\($0.x.coordinate)\" data-y=\"\($0.y.coordinate)\"" }
        let crop: Markup? = step.target?.crop.map { "<img class=\"crop\" src=\"\($0)\" alt=\"\" loading=\"lazy\">" }
        return """
            <li data-kind="\(step.action.rawValue)"><button type="button" class="difference" data-step="\(number)" \
            data-start="\(step.start.fixed(3))" data-end="\(step.end.fixed(3))"\(place)\(point) aria-pressed="false">\
            <span class="kind">\(number + 1). \(.foreign(step.instruction))</span>\
            <span class="cost">\(step.start.fixed(1)) s</span>\
            <span class="words">\(.foreign(step.effect))\(verdict(step))</span>\(crop)</button></li>
            """
    }

    private func verdict(_ step: WorkflowReport.Step) -> Markup? {
        guard let replay = step.replay else { return nil }
        return replay.isReached
            ? " <span class=\"outcome kept\">reached</span>" : " <span class=\"outcome failed\">not reached</span>"
    }

    // MARK: What else was found

    private func screen(_ screen: WorkflowReport.Screen) -> Markup {
        let below = screen.below.flatMap(report.screen)
        let picture: Markup = """
            <img src="\(screen.picture)" alt="\(screen.name)" loading="lazy">
            """
        return """
            <li><figure>\(screen.page.map { "<a href=\"\($0)\">\(picture)</a>" as Markup } ?? picture)
            <figcaption><b>\(.foreign(screen.name))</b>\
            <small>\(screen.width) × \(screen.height), first at \(screen.firstSeen.fixed(1)) s\
            \(below.map { ", above \(.foreign($0.name))" as Markup })\
            \(screen.score.map { ", page scores \($0.scoreWords)" as Markup })</small></figcaption></figure></li>
            """
    }

    private func note(_ note: WorkflowReport.Note) -> Markup {
        """
        <li><span class="badge">\(note.kind.label)</span> <span class="quiet">\(note.start.fixed(1)) s</span> \
        \(.foreign(note.text))</li>
        """
    }

    private var replay: Markup {
        """
        <p class="quiet">Every step was done in the prototype. Its screen counts as reached when the right page is shown and \
        its window scores at least what the page itself scores, less \((report.replay?.tolerance ?? 0).fixed(2)).</p>
        <div class="scroll"><table class="rows">
        <thead><tr><th scope="col">#</th><th scope="col">Page</th><th scope="col">Outcome</th>\
        <th scope="col" class="number">Score</th><th scope="col" class="number">Required</th></tr></thead>
        <tbody>
        \(report.steps.enumerated().compactMap(row))
        </tbody></table></div>
        """
    }

    private func row(_ number: Int, _ step: WorkflowReport.Step) -> Markup? {
        step.replay.map { replay in
            let isRight = replay.page == replay.expected
            let missed: Markup? = isRight ? nil : " in place of <code>\(replay.expected)</code>"
            let page: Markup = "<code>\(replay.page)</code>\(missed)"
            return """
                <tr><td class="index">\(number + 1)</td><td class="what">\(page)</td>\
                <td><span class="outcome \(replay.isReached ? "kept" : "failed")">\
                \(replay.isReached ? "reached" : "not reached")</span></td>\
                <td class="number">\(replay.score?.scoreWords ?? "–")</td>\
                <td class="number">\(replay.required.scoreWords)</td></tr>
                """
        }
    }
}

extension WorkflowReport.Action {
    /// What it is called.
    var label: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}

extension WorkflowReport.Note.Kind {
    /// What it is called.
    var label: String {
        switch self {
        case .wait: "wait"
        case .pause: "pause"
        case .backAndForth: "back and forth"
        case .damage: "damage"
        case .failure: "failure"
        }
    }
}
