// How faithful pages are, as jobs leave it: measured where it can be, said where it cannot, kept with its revision.
import Foundation
import Media
import Render
import Support
import Testing
import UIToCode

@testable import Jobs

@Suite struct ReceiptTests {
    private static let picture: [UInt8] = {
        do { return try Image(width: 64, height: 48, fill: PaintingRenderer.blue).encodedPNG() } catch { return [] }
    }()
    private static func page(_ text: String) -> ScriptedEngine.Turn {
        .page(["<!doctype html><html><body><p>\(text)</p></body></html>"])
    }

    private let bench: Workbench

    init() throws { bench = try Workbench(isTicking: true) }

    private func workshop(
        _ turns: [ScriptedEngine.Turn] = [page("blue")], fault: RenderError? = nil,
        _ edit: (inout WorkerOptions) -> Void = { _ in }
    ) -> Workshop {
        Workshop(turns, bench: bench, renderer: PaintingRenderer(fault: fault), edit)
    }

    private func submit(
        _ workshop: Workshop, names: [String] = ["sign-in"], _ edit: (inout ConversionRequest) -> Void = { _ in }
    ) async throws -> Job {
        var draft = try bench.draft(names, bytes: Self.picture)
        edit(&draft.request)
        let job = try await bench.store.create(draft, key: "local", activeJobLimit: 9).job
        workshop.hub.open(job: job.id)
        return job
    }

    /// The only receipt of a conversion of one picture.
    private func receipt(
        _ workshop: Workshop, _ edit: (inout ConversionRequest) -> Void = { _ in }
    ) async throws -> StoredReceipt {
        let job = try await workshop.finish(try await submit(workshop, edit))
        #expect(job.state == .succeeded)
        let revision = try await bench.store.revision(of: job.conversionID)
        #expect(revision.receipts.count == 1)
        return try #require(revision.receipts.first)
    }

    private func score(of text: String) async throws -> FidelityScore {
        try await PaintingRenderer().receipt(
            of: .page(text), page: "index.html",
            beside: Design(name: "d", image: Image(width: 64, height: 48, fill: PaintingRenderer.blue))
        ).receipt.fidelity.score
    }

    @Test func aPageIsMeasuredAndItsReceiptLiesBesideIt() async throws {
        let workshop = workshop()
        let job = try await workshop.finish(try await submit(workshop))
        let revision = try await bench.store.revision(of: job.conversionID)
        let receipt = try #require(revision.receipts.first)
        let measure = try #require(receipt.measure)
        #expect(receipt.design == 0 && receipt.page == "index.html" && receipt.unmeasured == nil)
        #expect(measure.fidelity.score.tone == 1 && measure.fidelity.score.structure == 1)
        #expect(revision.score == measure.fidelity.score.total)
        #expect(measure.attempts == 1 && measure.archiveName == "report" && receipt.seconds > 0)
        #expect((revision.report.measureSeconds ?? 0) > 0)
        #expect(revision.files.map(\.path) == ["index.html"])
        let json = try #require(bench.store.path(.json, of: receipt))
        let stored = try ReceiptJSON(reading: Array(Data(contentsOf: URL(filePath: json)))).receipt
        #expect(stored.fidelity == measure.fidelity && stored.draft == measure.draft)
        let heatMap = try #require(bench.store.path(.heatMap, of: receipt))
        #expect(try Image.decode(Array(Data(contentsOf: URL(filePath: heatMap))), name: "heat-map").width == 64)
        let folder = try #require(bench.store.filePath("index.html", of: revision)).dropLast("/index.html".count)
        #expect(!json.hasPrefix(folder + "/"))
    }

    @Test func whatIsMeasuredIsToldAsItComes() async throws {
        let workshop = workshop([Self.page("red"), Self.page("blue")])
        let job = try await workshop.finish(try await submit(workshop) { $0.attempts = 2 })
        let told = try await workshop.told(job)
        let scores = told.compactMap { if case .scored(let score) = $0 { score } else { nil } }
        #expect(scores.map(\.attempt) == [1, 2] && scores.allSatisfy { $0.failure == nil })
        #expect((scores[1].total ?? 0) > (scores[0].total ?? 1))
        let repairs = told.compactMap { if case .repaired(let repair) = $0 { repair } else { nil } }
        let measure = try #require(try await bench.store.revision(of: job.conversionID).receipts.first?.measure)
        #expect(repairs.count >= measure.tried && measure.attempts == 2)
        let names = told.map { body in
            switch body {
            case .stage(let stage): stage.stage.rawValue
            case .scored: "scored"
            case .receipt(design: 0): "receipt"
            case .usage: "usage"
            case .succeeded: "succeeded"
            default: ""
            }
        }
        let order = ["write", "measure", "scored", "save", "receipt", "usage", "succeeded"].map(names.firstIndex)
        #expect(order.compactMap(\.self) == order.compactMap(\.self).sorted() && !order.contains(nil))
    }

    @Test func whatCannotBeMeasuredSaysWhy() async throws {
        let draft = try await receipt(workshop()) { $0.finish = .draft }
        #expect(draft.measure == nil && draft.unmeasured == "only the draft was asked for")
        let large = try await receipt(workshop { $0.measuredPixels = 3000 })
        #expect(large.unmeasured == "the picture has 3072 pixels; pages are compared with up to 3000")
        let dead = try await receipt(workshop(fault: .browserDied))
        #expect(dead.measure == nil && dead.unmeasured == RenderError.browserDied.description)
        let none = try await receipt(Workshop([Self.page("blue")], bench: bench))
        #expect(none.measure == nil && none.unmeasured == "the service has no browser to show it in")
        #expect(bench.store.path(.page, of: none) == nil)
    }

    @Test func measuringAloneTriesNoRepair() async throws {
        let workshop = workshop([Self.page("red")])
        let measure = try #require(try await receipt(workshop) { $0.finish = .measured }.measure)
        #expect(measure.tried == 0 && measure.draft == measure.fidelity.score)
        #expect(measure.files == ["heat-map.png", "report.html", "report.json", "result.png"])
    }

    @Test func anEditIsMeasuredAndTakesOverWhatItLeft() async throws {
        let workshop = workshop([Self.page("blue"), Self.page("blue")])
        let job = try await workshop.finish(
            try await submit(workshop, names: ["a", "b"]) { $0.finish = .measured })
        let first = try await bench.store.revision(of: job.conversionID)
        #expect(first.receipts.map(\.page) == ["a/index.html", "b/index.html"])
        #expect(first.receipts.compactMap(\.measure?.archiveName) == ["a/report", "b/report"])
        let edit = try await bench.store.createEdit(
            .text("grey"), of: job.conversionID, file: "b/index.html", key: "local", activeJobLimit: 9
        ).job
        workshop.hub.open(job: edit.id)
        let next = Workshop([], bench: bench, renderer: PaintingRenderer())
        next.hub.open(job: edit.id)
        #expect(try await next.finish(edit).state == .succeeded)
        let second = try await bench.store.revision(of: job.conversionID)
        #expect(second.number == 2 && second.receipts.map(\.design) == [0, 1])
        #expect(second.receipts[0].measure?.fidelity == first.receipts[0].measure?.fidelity)
        #expect(bench.store.path(.json, of: second.receipts[0]) == bench.store.path(.json, of: first.receipts[0]))
        let edited = try #require(second.receipts[1].measure)
        #expect(edited.draft == first.receipts[1].measure?.fidelity.score && edited.attempts == 0)
        let grey = try await score(of: "grey")
        #expect(abs(edited.fidelity.score.total - grey.total) < 1e-4 && edited.fidelity.score.total < 1)
        try await bench.restart()
        #expect(try await bench.store.revision(of: job.conversionID) == second)
        for receipt in second.receipts {
            #expect(FileManager.default.fileExists(atPath: try #require(bench.store.path(.page, of: receipt))))
        }
    }

    @Test func receiptsOfNoRevisionAreRemovedAndOthersStay() async throws {
        let receipt = try await receipt(workshop())
        let page = try #require(bench.store.path(.page, of: receipt))
        let folder = URL(filePath: page).deletingLastPathComponent().deletingLastPathComponent()
        let stray = folder.deletingLastPathComponent().appending(path: "9-9.receipts/0")
        try FileManager.default.createDirectory(at: stray, withIntermediateDirectories: true)
        try await bench.restart()
        #expect(FileManager.default.fileExists(atPath: page))
        #expect(!FileManager.default.fileExists(atPath: stray.path))
    }

    @Test func receiptsCountAsWhatIsKeptAndGoWithTheirConversion() async throws {
        let receipt = try await receipt(workshop())
        let bytes = try await bench.store.sweep(now: bench.world.now).keptBytes
        #expect(bytes > Self.picture.count + (receipt.measure?.byteCount ?? .max))
        let conversion = try #require(try await bench.store.jobs(key: "local", limit: 1).items.first).conversionID
        try await bench.store.delete(conversion: conversion, key: "local")
        #expect(bench.files("results").isEmpty)
    }

    @Test func whatOlderVersionsStoredIsStillRead() throws {
        let request = try JSONColumn.decode(
            ConversionRequest.self, #"{"maxTokens":8192,"seed":0,"stack":"html","temperature":0.5}"#)
        #expect(request == ConversionRequest(temperature: 0.5))
        #expect(request.attempts == 1 && request.finish == .repaired && request.budgetSeconds == nil)
        let written = try JSONColumn.encode(JobReport.sample)
        #expect(!written.contains("measure"))
        #expect(try JSONColumn.decode(JobReport.self, written) == .sample)
        var full = ConversionRequest(attempts: 4, budgetSeconds: 2.5, finish: .measured)
        #expect(try JSONColumn.decode(ConversionRequest.self, JSONColumn.encode(full)) == full)
        full.finish = .draft
        #expect(try JSONColumn.encode(full).contains(#""finish":"draft""#))
    }
}
