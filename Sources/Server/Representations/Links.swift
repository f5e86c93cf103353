// Every address that an answer names is made here, relative to the service's root and with its parts percent-encoded.
// Names of files come from a model; whatever is in them, an address made of them leads to that file or nowhere.
// The routes under `Routes/` are the other end.
import Foundation
import Jobs
import UIToCode

enum Links {
    /// The conversion, which is also the base of all that belongs to it.
    static func conversion(_ id: String) -> String { "/v1/conversions/\(id)" }

    /// A conversion as what it is: a batch and a workflow have an address of their own.
    static func home(of conversion: Conversion) -> String { home(of: conversion.id, conversion.kind) }

    static func home(of id: String, _ kind: Conversion.Kind) -> String {
        switch kind {
        case .conversion: conversion(id)
        case .batch: "/v1/batches/\(id)"
        case .workflow: "/v1/workflows/\(id)"
        }
    }

    /// The uploaded picture, or recording, with this index.
    static func design(_ index: Int, of conversion: String) -> String {
        "\(Self.conversion(conversion))/designs/\(index)"
    }

    /// One file of a revision.
    static func file(_ path: String, of conversion: String, revision: Int) -> String {
        "\(Self.conversion(conversion))/files/\(encoded(path))?revision=\(revision)"
    }

    /// All files of a revision, as a list.
    static func files(of conversion: String, revision: Int) -> String {
        "\(Self.conversion(conversion))/files?revision=\(revision)"
    }

    /// All files of a revision, zipped.
    static func archive(of conversion: Conversion, revision: Int) -> String {
        "\(home(of: conversion))/archive.zip?revision=\(revision)"
    }

    /// A file of the receipt of a design's page.
    static func receipt(_ name: ReceiptFiles.Name, design: Int, of conversion: String, revision: Int) -> String {
        "\(Self.conversion(conversion))/receipts/\(design)/\(name.rawValue)?revision=\(revision)"
    }

    /// The event stream of the conversion's latest job.
    static func events(of conversion: Conversion) -> String { "\(home(of: conversion))/events" }

    /// The job.
    static func job(_ id: String) -> String { "/v1/jobs/\(id)" }

    /// A file as a page to look at.
    static func preview(_ path: String, token: String) -> String { "/preview/\(token)/\(encoded(path))" }

    /// Each part of a path with everything but unreserved characters percent-encoded.
    private static func encoded(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "" }
            .joined(separator: "/")
    }

    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
