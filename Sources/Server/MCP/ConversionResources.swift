// What conversions made, as resources:
//
//     bottega://conversions/ID/files/PATH?revision=N          a file of a revision; of the latest without `revision`
//     bottega://conversions/ID/receipts/DESIGN/NAME?revision=N   a file of the receipt of a design's page
//
// Whoever may see a conversion over HTTP may read it here, and nobody else.
import Foundation
import Inference
import Jobs
import NIOPosix
import Render
import UIToCode

/// Lists and reads the files of conversions.
struct ConversionResources: Sendable {
    /// Bytes of a file that is given whole.
    static let byteLimit = 8 << 20
    /// Conversions in one page of the list.
    private static let pageSize = 50

    let store: JobStore
    let reader: ConversionReader

    // MARK: Addresses

    /// The address of a file of a revision.
    static func file(_ path: String, of revision: Revision) -> String {
        address("files/" + encoded(path), of: revision)
    }

    /// The address of a file of a receipt.
    static func receipt(_ name: ReceiptFiles.Name, design: Int, of revision: Revision) -> String {
        address("receipts/\(design)/\(name.rawValue)", of: revision)
    }

    private static func address(_ rest: String, of revision: Revision) -> String {
        "bottega://conversions/\(revision.conversionID)/\(rest)?revision=\(revision.number)"
    }

    private static func encoded(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "" }.joined(separator: "/")
    }

    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    // MARK: Methods

    /// The pages of the client's conversions, newest first.
    func list(cursor: JSONValue?, for client: MCPClient) async throws -> JSONValue {
        let page: ListPage<Conversion>
        do {
            if let cursor, cursor != .null, cursor.asString == nil { throw StoreError.invalidCursor }
            page = try await store.conversions(
                key: client.caller.keyID, limit: Self.pageSize, cursor: cursor?.asString)
        } catch StoreError.invalidCursor {
            throw RPCFault.invalidParameters("cursor is not one that this list gave")
        }
        var items: [JSONValue] = []
        for conversion in page.items where conversion.latestRevision != nil {
            let revision = try await store.revision(of: conversion.id)
            guard let file = revision.files.first(where: { $0.path == revision.entry }) else { continue }
            var item: [JSONValue.Member] = [
                .init("uri", .string(Self.file(file.path, of: revision))), .init("name", .string(file.path)),
            ]
            if client.version.hasStructuredContent { item.append(.init("title", .string(conversion.name))) }
            item += [
                .init("description", .string("\(conversion.name), revision \(revision.number) of \(conversion.id)")),
                .init("mimeType", .string(file.mediaType)), .init("size", .integer(file.byteCount)),
            ]
            items.append(.object(item))
        }
        guard let next = page.nextCursor else { return ["resources": .array(items)] }
        return ["resources": .array(items), "nextCursor": .string(next)]
    }

    /// The forms of addresses.
    func templates(for version: ProtocolVersion) -> [JSONValue] {
        [
            [
                "uriTemplate": "bottega://conversions/{id}/files/{+path}{?revision}", "name": "file",
                "description": "A file that a conversion made; of its latest revision unless one is named.",
            ],
            [
                "uriTemplate": "bottega://conversions/{id}/receipts/{design}/{name}{?revision}", "name": "receipt",
                "description": """
                A file of the receipt of a design's page (designs are counted from 0): report.html, report.json, \
                heat-map.png, result.png or draft.png.
                """,
            ],
        ]
    }

    /// A file.
    func read(_ address: JSONValue?, caller: Caller) async throws -> JSONValue {
        guard case .string(let text)? = address else {
            throw RPCFault.invalidParameters("uri is the address of a resource")
        }
        let content: Content
        do { content = try await self.content(at: text, caller: caller) } catch {
            let problem = Problem(error)
            guard problem.code == .notFound || problem.code == .revisionPending else { throw error }
            throw RPCFault.resourceNotFound(text, problem.message)
        }
        let type = content.mediaType.prefix { $0 != ";" }
        let isText = type.hasPrefix("text/") || ["application/json", "image/svg+xml"].contains(type)
        var file: [JSONValue.Member] = [.init("uri", .string(text)), .init("mimeType", .string(content.mediaType))]
        if isText, let words = String(validating: content.bytes, as: UTF8.self) {
            file.append(.init("text", .string(words)))
        } else {
            file.append(.init("blob", .string(Data(content.bytes).base64EncodedString())))
        }
        return ["contents": [.object(file)]]
    }

    // MARK: Reading

    /// A page with the files of its revision, to be shown.
    ///
    /// - Throws: `not_found`.
    func page(at address: String, caller: Caller) async throws -> PageFiles {
        let place = try Place(address)
        let conversion = try await store.conversion(place.conversion, key: caller.keyID)
        let revision = try await reader.revision(place.revision, of: conversion)
        guard case .file(let entry) = place.thing, revision.files.contains(where: { $0.path == entry }) else {
            throw Problem(.notFound, "there is no page \(address.quotedBriefly)")
        }
        var files: [String: [UInt8]] = [:]
        for file in revision.files {
            guard let location = store.filePath(file.path, of: revision) else { continue }
            files[file.path] = try await NIOThreadPool.singleton.runIfActive {
                Array(try Data(contentsOf: URL(filePath: location)))
            }
        }
        return PageFiles(entry: entry, files: files)
    }

    private struct Content {
        let mediaType: String
        let bytes: [UInt8]
    }

    private func content(at text: String, caller: Caller) async throws -> Content {
        let place = try Place(text)
        let conversion = try await store.conversion(place.conversion, key: caller.keyID)
        let revision = try await reader.revision(place.revision, of: conversion)
        switch place.thing {
        case .file(let path):
            guard let file = revision.files.first(where: { $0.path == path }),
                let location = store.filePath(path, of: revision)
            else { throw Problem(.notFound, "revision \(revision.number) has no file \(path.quotedBriefly)") }
            return Content(mediaType: file.mediaType, bytes: try await bytes(at: location, of: file.byteCount, text))
        case .receipt(let design, let name):
            guard let receipt = revision.receipts.first(where: { $0.design == design }),
                let location = store.path(name, of: receipt)
            else { throw Problem(.notFound, "there is no \(name.rawValue) of a design \(design)") }
            let size = try URL(filePath: location).resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
            return Content(mediaType: name.mediaType, bytes: try await bytes(at: location, of: size, text))
        }
    }

    private func bytes(at location: String, of size: Int, _ address: String) async throws -> [UInt8] {
        guard size <= Self.byteLimit else {
            throw RPCFault.invalidParameters("\(address) has \(size) bytes; up to \(Self.byteLimit) are given at once")
        }
        return try await NIOThreadPool.singleton.runIfActive { Array(try Data(contentsOf: URL(filePath: location))) }
    }

    /// An address, taken apart.
    private struct Place {
        enum Thing {
            case file(String)
            case receipt(design: Int, ReceiptFiles.Name)
        }

        let conversion: String
        let revision: Int?
        let thing: Thing

        init(_ text: String) throws(Problem) {
            let unknown = Problem(.notFound, "there is no resource \(text.quotedBriefly)")
            let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves[0].hasPrefix("bottega://conversions/"), !text.contains("\0") else { throw unknown }
            let parts = halves[0].dropFirst(22).split(separator: "/", omittingEmptySubsequences: false)
                .map { $0.removingPercentEncoding }
            guard parts.count >= 3, let conversion = parts[0], !parts.contains(nil) else { throw unknown }
            self.conversion = conversion
            if halves.count == 2 {
                let item = halves[1].split(separator: "=", omittingEmptySubsequences: false)
                guard item.count == 2, item[0] == "revision", let number = Int(item[1]), number > 0 else {
                    throw unknown
                }
                revision = number
            } else {
                revision = nil
            }
            switch parts[1] {
            case "files": thing = .file(parts.dropFirst(2).compactMap { $0 }.joined(separator: "/"))
            case "receipts":
                guard parts.count == 4, let design = parts[2].flatMap({ Int($0) }),
                    let name = parts[3].flatMap({ ReceiptFiles.Name(rawValue: $0) })
                else { throw unknown }
                thing = .receipt(design: design, name)
            default: throw unknown
            }
        }
    }
}
