// Workflows from the queue to their analysis.
import Foundation
import Inference
import Support
import Testing
import UIToCode

@testable import Jobs

extension Workshop {
    /// Enqueues a workflow of a recording.
    func submitWorkflow(_ bytes: [UInt8]) async throws -> Job {
        let upload = try bench.upload(bytes)
        var request = ConversionRequest(finish: .draft)
        request.workflow = WorkflowTerms(redact: true, prototype: false)
        let recording = StoredDesign(
            name: "tour", mediaType: "video/mp4", digest: upload.digest, byteCount: upload.byteCount, width: 0,
            height: 0)
        let draft = ConversionDraft(name: "tour", request: request, designs: [recording])
        let job = try await bench.store.create(draft, key: "local", activeJobLimit: 100).job
        hub.open(job: job.id)
        return job
    }
}

@Suite(.timeLimit(.minutes(2))) struct WorkflowJobTests {
    @Test func aRecordingThatIsNoneFailsInWordsThatTellNoPlace() async throws {
        let shop = Workshop([.one], bench: try Workbench())
        let job = try await shop.submitWorkflow(Array("no video".utf8))
        let ended = try await shop.finish(job)
        #expect(ended.state == .failed && ended.kind == .workflow)
        #expect(ended.failure?.message.contains(shop.bench.directory) == false, "\(ended)")
        #expect(shop.bench.files("staged").isEmpty)
    }
}
