// Servers score thoughts and marks, too; what is told of an answer's tokens spells its text.
import Inference
import Support
import Testing

struct TextTokensTests {
    /// What a stream of Fixtures/remote tells.
    func events(_ file: String, alternatives: Int?) throws -> [GenerationEvent] {
        var request = GenerationRequest(Conversation([]), thinking: true)
        request.scoredAlternatives = alternatives
        var splitter = EventSplitter()
        var assembly = ChunkAssembly(request)
        var events: [GenerationEvent] = []
        for data in try splitter.push(try Fixtures.data("remote/\(file).sse")) where !data.elementsEqual("[DONE]".utf8)
        {
            events += try assembly.push(try ChatChunk(parsing: data))
        }
        return events + (try assembly.finish().0)
    }

    func tokens(_ pieces: [String], alternatives: Int = 0) throws -> [ScoredToken] {
        var request = GenerationRequest(Conversation([]))
        request.scoredAlternatives = alternatives
        var assembly = ChunkAssembly(request)
        return try pieces.flatMap { piece in
            try assembly.push(try ChatChunk(parsing: Array("{\"choices\": [\(piece)]}".utf8)))
        }.compactMap { if case .token(let token) = $0 { token } else { nil } }
    }

    func candidate(_ bytes: [UInt8], _ logProbability: Double) -> ScoredToken.Candidate {
        .init(bytes: bytes, logProbability: logProbability)
    }

    @Test func tokensComeBeforeTheTextThatTheySpell() throws {
        let yes = candidate(Array("Yes".utf8), -0.5)
        let no = candidate(Array("No".utf8), -1)
        let head = candidate([0xf0, 0x9f], -1.5)
        let tail = candidate([0x98, 0x80], -0.03125)
        #expect(
            try events("vllm-logprobs", alternatives: 2) == [
                .reasoning("Hm."), .token(ScoredToken(yes, likeliest: [yes, no])), .text("Yes"),
                .token(ScoredToken(head, likeliest: [candidate([0x21], -0.375), head])),
                .token(ScoredToken(tail, likeliest: [tail, candidate([0x98], -4)])), .text("😀"),
            ])
    }

    @Test func noMoreAlternativesAreToldThanAskedFor() throws {
        let blue = ScoredToken(candidate(Array("Blue".utf8), -0.75), likeliest: [])
        let mark = ScoredToken(candidate(Array("!".utf8), -0.25), likeliest: [])
        #expect(
            try events("llama-server-logprobs", alternatives: 0) == [
                .token(blue), .text("Blue"), .token(mark), .text("!"),
            ])
    }

    @Test func whoDoesNotAskIsToldNone() throws {
        #expect(try events("llama-server-logprobs", alternatives: nil) == [.text("Blue"), .text("!")])
    }

    @Test func marksAroundTheTextInOnePieceAreLeftOut() throws {
        let item = { (token: String) in "{\"token\": \"\(token)\", \"logprob\": -1}" }
        let found = try tokens([
            """
            {"delta": {"reasoning": "r", "content": "ab"}, "finish_reason": "stop", "logprobs": {"content": [
                \(["r", "</think>", "a", "b", "<|im_end|>"].map(item).joined(separator: ","))]}}
            """
        ])
        #expect(found.map { String(decoding: $0.chosen.bytes, as: UTF8.self) } == ["a", "b"])
    }

    @Test func tokensWhoseWhiteSpaceTheServerLeftOutAreTold() throws {
        let found = try tokens([
            #"{"delta": {"content": "Yes"}, "logprobs": {"content": [{"token": "\n\nYes", "logprob": -1}]}}"#
        ])
        #expect(found.map(\.chosen.bytes) == [Array("\n\nYes".utf8)])
    }

    @Test func theLikeliestAreOrdered() throws {
        let found = try tokens(
            [
                """
                {"delta": {"content": "c"}, "logprobs": {"content": [{"token": "c", "logprob": -3, "top_logprobs": [
                    {"token": "c", "logprob": -3}, {"token": "a", "logprob": -1}, {"token": "b", "logprob": -2}]}]}}
                """
            ], alternatives: 2)
        #expect(found.first?.likeliest.map(\.logProbability) == [-1, -2])
    }

    @Test func aServerThatScoresNothingIsAFault() throws {
        #expect(throws: RemoteFault(.refused, "tells no probabilities of its tokens")) {
            try tokens([#"{"delta": {"content": "a"}}"#])
        }
    }
}
