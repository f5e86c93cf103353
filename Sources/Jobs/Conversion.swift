// A conversion: the pictures somebody sent, what was asked for, and (through its revisions) what came of it.
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
        case stack, temperature, seed, maxTokens, attempts, budgetSeconds, finish
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
    }
}

/// Pictures on their way to pages.
package struct Conversion: Sendable, Equatable {
    /// `conv_` and 26 characters; later conversions sort after earlier ones.
    package var id: String
    /// Whose conversion it is: an `ApiKey.id`, or `local`.
    package var keyID: String
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
    /// Pictures that were uploaded to the same store.
    package var designs: [StoredDesign]

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
