// How values look on the wire: JSON with sorted keys, times as RFC 3339 in UTC with milliseconds, and absent values as
// `null` where clients are promised the key. Everything that is answered as JSON is encoded here and nowhere else.
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// An optional value that is written as `null` when there is none.
@propertyWrapper
struct Nullable<Value: Encodable & Sendable>: Encodable, Sendable {
    var wrappedValue: Value?

    init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

/// A moment, written as `2026-11-23T18:47:18.042Z`.
struct WireDate: Encodable, Sendable, Equatable {
    let date: Date

    init(_ date: Date) { self.date = date }

    init?(_ date: Date?) {
        guard let date else { return nil }
        self.date = date
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }
}

/// A page of a listing.
struct Listing<Item: Encodable & Sendable>: Encodable, Sendable {
    var object = "list"
    var data: [Item]
}

/// A page of a listing that may go on.
struct PagedListing<Item: Encodable & Sendable>: Encodable, Sendable {
    var object = "list"
    var data: [Item]
    @Nullable var nextCursor: String?
}

enum Wire {
    /// The bytes of a value.
    static func json(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ByteBuffer(bytes: try encoder.encode(value))
    }

    /// An answer that carries a value.
    static func answer(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: try json(value)))
    }
}
