// A conversion: what somebody sent, what was asked for, and (through its revisions) what came of it. Pictures become
// pages; a folder of pictures, a batch, becomes one project; a recording becomes the analysis of a workflow. All three are
// kept, worked on, read and removed alike.
package import Foundation
package import UIToCode

/// A picture of a conversion, kept under its content's digest.
package struct StoredDesign: Codable, Sendable, Equatable {
    /// The name for people, and of the design's folder when a conversion has several.
    package var name: String
    /// `image/png`, …
    package var mediaType: String
    /// SHA-256 of the file, 64 lower-case hexadecimal digits: `StoredUpload.digest`.
    package var digest: String
    /// Bytes of the file.
    package var byteCount: Int
    /// Pixels, as the file announces them.
    package var width: Int
    /// Pixels, as the file announces them.
    package var height: Int
    /// What a batch last told of it; nil before it did, and outside batches.
    package var item: BatchItem?

    /// Describes a stored picture.
    package init(name: String, mediaType: String, digest: String, byteCount: Int, width: Int, height: Int) {
        self.name = name
        self.mediaType = mediaType
        self.digest = digest
        self.byteCount = byteCount
        self.width = width
        self.height = height
    }
}

/// How a conversion is to be done.
package struct ConversionRequest: Codable, Sendable, Equatable {
    package var stack: Stack
    /// 0…2.
    package var temperature: Double
    package var seed: UInt64
    /// Tokens the answer about one design may have.
    package var maxTokens: Int
    /// Drafts to choose from, 1 or more.
    package var attempts: Int
    /// No further draft and no repair begins after this many seconds of a design; nil for the repairs' own bound.
    package var budgetSeconds: Double?
    /// How far a page is brought.
    package var finish: Finish
    /// What is asked for of a batch; nil for other kinds.
    package var batch: BatchTerms?
    /// What is asked for of a workflow; nil for other kinds.
    package var workflow: WorkflowTerms?

    /// How far a page is brought.
    package enum Finish: String, Codable, Sendable {
        /// As the model writes it.
        case draft
        /// Shown and scored.
        case measured
        /// Shown, repaired and scored.
        case repaired
    }

    /// Describes a conversion.
    package init(
        stack: Stack = .html, temperature: Double = 0, seed: UInt64 = 0, maxTokens: Int = 8192, attempts: Int = 1,
        budgetSeconds: Double? = nil, finish: Finish = .repaired
    ) {
        self.stack = stack
        self.temperature = temperature
        self.seed = seed
        self.maxTokens = maxTokens
        self.attempts = attempts
        self.budgetSeconds = budgetSeconds
        self.finish = finish
    }

    private enum CodingKeys: String, CodingKey {
        case stack, temperature, seed, maxTokens, attempts, budgetSeconds, finish, batch, workflow
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let name = try values.decode(String.self, forKey: .stack)
        guard let stack = Stack(rawValue: name) else {
            throw DecodingError.dataCorruptedError(
                forKey: .stack, in: values, debugDescription: "there is no stack \"\(name)\"")
        }
        self.stack = stack
        temperature = try values.decode(Double.self, forKey: .temperature)
        seed = try values.decode(UInt64.self, forKey: .seed)
        maxTokens = try values.decode(Int.self, forKey: .maxTokens)
        // Versions that measured nothing did not write the rest.
        attempts = try values.decodeIfPresent(Int.self, forKey: .attempts) ?? 1
        budgetSeconds = try values.decodeIfPresent(Double.self, forKey: .budgetSeconds)
        finish = try values.decodeIfPresent(Finish.self, forKey: .finish) ?? .repaired
        batch = try values.decodeIfPresent(BatchTerms.self, forKey: .batch)
        workflow = try values.decodeIfPresent(WorkflowTerms.self, forKey: .workflow)
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(stack.rawValue, forKey: .stack)
        try values.encode(temperature, forKey: .temperature)
        try values.encode(seed, forKey: .seed)
        try values.encode(maxTokens, forKey: .maxTokens)
        try values.encode(attempts, forKey: .attempts)
        try values.encodeIfPresent(budgetSeconds, forKey: .budgetSeconds)
        try values.encode(finish, forKey: .finish)
        try values.encodeIfPresent(batch, forKey: .batch)
        try values.encodeIfPresent(workflow, forKey: .workflow)
    }
}

/// How a folder becomes one project.
package struct BatchTerms: Codable, Sendable, Equatable {
    /// The name of the `StackTemplate` the project is written in.
    package var stack: String
    /// Designs at the same time, 1 or more.
    package var inFlight: Int
    /// Whether what recurs is written once.
    package var sharing: Bool

    /// Describes a batch.
    package init(stack: String = "html", inFlight: Int = 4, sharing: Bool = true) {
        self.stack = stack
        self.inFlight = inFlight
        self.sharing = sharing
    }
}

/// How a recording is analysed.
package struct WorkflowTerms: Codable, Sendable, Equatable {
    /// Whether typed text is left out of everything that is written.
    package var redact: Bool
    /// Whether the screens are converted and wired together.
    package var prototype: Bool

    /// Describes a workflow.
    package init(redact: Bool = false, prototype: Bool = true) {
        self.redact = redact
        self.prototype = prototype
    }
}

/// Pictures on their way to pages, or what is kept like them.
package struct Conversion: Sendable, Equatable {
    /// What is made of what was sent.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// A page of each picture.
        case conversion
        /// One project of a folder of pictures.
        case batch
        /// An analysis of a recording, its only design.
        case workflow
    }

    /// `conv_` and 26 characters; later conversions sort after earlier ones.
    package var id: String
    /// Whose conversion it is: an `ApiKey.id`, or `local`.
    package var keyID: String
    package var kind: Kind
    package var name: String
    package var request: ConversionRequest
    /// At least one, in the order they were sent.
    package var designs: [StoredDesign]
    package var createdAt: Date
    /// When a job of it was last enqueued or succeeded; its age for retention.
    package var updatedAt: Date
    /// The highest revision number; nil until one job has succeeded.
    package var latestRevision: Int?
    /// The job enqueued last.
    package var latestJobID: String
}

/// A conversion before it is stored.
package struct ConversionDraft: Sendable, Equatable {
    package var name: String
    package var request: ConversionRequest
    /// Pictures, or a recording, that were uploaded to the same store.
    package var designs: [StoredDesign]
    /// Whether the designs are kept files of the store, which nobody has to wait for.
    package var isOfKeptFiles = false

    /// What the request asks for.
    package var kind: Conversion.Kind {
        request.batch != nil ? .batch : request.workflow != nil ? .workflow : .conversion
    }

    /// Describes a new conversion. `designs` must not be empty.
    package init(name: String, request: ConversionRequest, designs: [StoredDesign]) {
        self.name = name
        self.request = request
        self.designs = designs
    }
}

/// A request that may be sent again and must not be done twice.
package struct IdempotencyRequest: Sendable, Equatable {
    /// What the client calls the request.
    package var key: String
    /// A digest of everything the client asked for.
    package var digest: String

    /// Names a request.
    package init(key: String, digest: String) {
        self.key = key
        self.digest = digest
    }
}

/// What became of a request for work.
package enum Submission: Sendable, Equatable {
    /// A new job, on disk.
    case created(Job)
    /// The job that the same request made before, as it is now.
    case replayed(Job)

    /// The job, new or old.
    package var job: Job {
        switch self {
        case .created(let job), .replayed(let job): job
        }
    }
}

/// A part of a list, newest first.
package struct ListPage<Item: Sendable>: Sendable {
    package var items: [Item]
    /// Where the next part begins; nil after the last.
    package var nextCursor: String?

    /// A part of a list.
    package init(items: [Item], nextCursor: String?) {
        self.items = items
        self.nextCursor = nextCursor
    }
}
