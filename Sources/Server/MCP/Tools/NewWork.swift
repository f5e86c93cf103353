// What the tools have in common that begin something new: where what they work on comes from, how it is done, and how it
// becomes a job.
import Inference
import Jobs

extension ToolBench {
    /// The arguments of a tool: first `path`, where there are local files, last where to write to.
    ///
    /// - Parameters:
    ///   - path: what is at it.
    ///   - sent: the argument that is needed where there are no local files.
    func input(path: String, orSent sent: String, _ properties: [JSONValue.Member]) -> JSONValue {
        let isLocal = localFiles != nil
        let place = JSONValue.Member("path", ["type": "string", "description": .string(path)])
        let all = (isLocal ? [place] : []) + properties + (isLocal ? OutputArguments.schema : [])
        var input: [JSONValue.Member] = [
            .init("type", "object"), .init("properties", .object(all)), .init("additionalProperties", false),
        ]
        if !isLocal { input.append(.init("required", [.string(sent)])) }
        return .object(input)
    }

    /// Names of the arguments that only clients on this machine have.
    var localNames: [String] { localFiles == nil ? [] : ["path"] + OutputArguments.names }

    /// Makes a job for a client.
    func submit(_ draft: ConversionDraft, for call: ToolOrder) async throws -> Submission {
        try await store.create(
            draft, key: call.caller.keyID, activeJobLimit: call.caller.activeJobs ?? submissions.activeJobs)
    }
}

/// The options of conversions, of which a batch and a workflow make many.
enum PageArguments {
    static let schema: [JSONValue.Member] = [
        .init("attempts", ["type": "integer", "minimum": 1, "maximum": 16, "default": 1]),
        .init("budget_seconds", ["type": "number", "minimum": 0, "maximum": 600]),
        .init("repair", ["type": "boolean", "default": true]),
        .init("draft", ["type": "boolean", "default": false]),
        .init("temperature", ["type": "number", "minimum": 0, "maximum": 2, "default": 0]),
        .init("seed", ["type": "integer", "minimum": 0]),
        .init("max_tokens", ["type": "integer", "minimum": 1, "maximum": 32768]),
    ]
}
