// Writes what a checkpoint answers to pictures, token by token, to be laid beside another engine's answers:
//
//     BOTTEGA_GREEDY_MODEL=checkpoint BOTTEGA_GREEDY=pictures swift test --filter GreedySampleTests
//
// Every PICTURE.png of the folder gets a PICTURE.greedy.json. `Tests/Trials/vllm.py` does this by itself.
import Foundation
import Inference
import Media
import Model
import Testing

@Suite(.enabled(if: ProcessInfo.processInfo.environment["BOTTEGA_GREEDY"] != nil, "BOTTEGA_GREEDY names no folder"))
struct GreedySampleTests {
    private static let environment = ProcessInfo.processInfo.environment
    private let folder = URL(filePath: environment["BOTTEGA_GREEDY"] ?? "")
    private let precision = environment["BOTTEGA_GREEDY_PRECISION"].flatMap(ComputePrecision.init) ?? .fast

    /// One answer.
    private struct Answer: Encodable {
        struct Token: Encodable {
            /// The likeliest token, and the logarithm of its probability.
            var id: Int
            var logprob: Double
            /// How much likelier it is than the second, as a difference of logarithms.
            var margin: Double
        }

        var prompt: [Int]
        var tokens: [Token] = []
        var text = ""
        /// Behind the prompt, by token id.
        var firstLogprobs: [Double]
    }

    @Test func answersAreWritten() throws {
        let directory = try #require(Self.environment["BOTTEGA_GREEDY_MODEL"])
        let model = try KimiModel.open(directory, threads: 2, precision: precision)
        let tokenizer = try Tokenizer(directory: directory)
        let pictures = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "png" }
        #expect(!pictures.isEmpty)
        for picture in pictures {
            let answer = try answer(to: Image.read(path: picture.path), model, tokenizer)
            let file = picture.deletingPathExtension().appendingPathExtension("greedy.json")
            try JSONEncoder().encode(answer).write(to: file)
        }
    }

    private func answer(to picture: Image, _ model: KimiModel, _ tokenizer: Tokenizer) throws -> Answer {
        let conversation = Conversation([Message(.user, [.image(picture)])])
        let pieces = try ChatTemplate(tokenizer).render(conversation, thinking: false)
        var session = Session(model, contextTokens: model.config.language.contextTokens)
        var logits = try #require(try session.sync(to: pieces)).logits
        var answer = Answer(prompt: prompt(of: pieces, model), firstLogprobs: logprobs(logits))
        var ids: [Int] = []
        while answer.prompt.count + ids.count < model.config.language.contextTokens {
            let token = token(likeliestIn: logprobs(logits))
            answer.tokens.append(token)
            if model.config.endTokenIDs.contains(token.id) { break }
            ids.append(token.id)
            logits = session.append(token.id)
        }
        answer.text = tokenizer.decode(ids)
        return answer
    }

    // As servers count it, with one pad for each vision token.
    private func prompt(of pieces: [PromptPiece], _ model: KimiModel) -> [Int] {
        pieces.flatMap { piece -> [Int] in
            switch piece {
            case .tokens(let ids): return ids
            case .media(.chunk): return []
            case .media(.image(let image)):
                let count = model.mediaTokenCount(width: image.width, height: image.height)
                return Array(repeating: model.config.mediaPadTokenID ?? 0, count: count)
            }
        }
    }

    private func logprobs(_ logits: [Float]) -> [Double] {
        let highest = Double(logits.max() ?? 0)
        let sum = logits.reduce(0) { $0 + exp(Double($1) - highest) }
        return logits.map { Double($0) - highest - log(sum) }
    }

    private func token(likeliestIn logprobs: [Double]) -> Answer.Token {
        let best = logprobs.indices.max { logprobs[$0] < logprobs[$1] } ?? 0
        let second = logprobs.indices.lazy.filter { $0 != best }.map { logprobs[$0] }.max() ?? -.infinity
        return Answer.Token(id: best, logprob: logprobs[best], margin: logprobs[best] - second)
    }
}
