// Names that sort as they were given.
import Foundation
import Testing

@testable import Jobs

@Suite struct IdentifierTests {
    @Test func theTimeStandsInFront() {
        // The time of the ULID specification's example, 01ARZ3NDEK…
        let identifier = Identifiers().next(at: Date(timeIntervalSince1970: 1_469_918_176.385))
        #expect(identifier.count == 26 && identifier.hasPrefix("01arytg9mh") == false)
        #expect(identifier.hasPrefix(Self.time(1_469_918_176_385)))
    }

    // Base 32 by repeated division, the slow way.
    private static func time(_ milliseconds: Int) -> String {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
        var (rest, text) = (milliseconds, "")
        for _ in 0..<10 { (rest, text) = (rest / 32, String(alphabet[rest % 32]) + text) }
        return text
    }

    @Test func theyRiseWithinAMillisecondAndWhenTheClockIsSetBack() {
        let identifiers = Identifiers()
        let time = Date(timeIntervalSince1970: 1_800_000_000)
        let series = (0..<2000).map { identifiers.next(at: time.addingTimeInterval(-Double($0))) }
        #expect(zip(series, series.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func aSeriesGoesOnAfterAnother() {
        let first = Identifiers().next(at: Date(timeIntervalSince1970: 1_900_000_000))
        let identifiers = Identifiers()
        identifiers.skip(past: "job_" + first)
        identifiers.skip(past: "")
        identifiers.skip(past: "job_not-an-identifier-at-all!!")
        #expect(identifiers.next(at: Date(timeIntervalSince1970: 1_800_000_000)) > first)
    }

    @Test func concurrentNamesDiffer() async {
        let identifiers = Identifiers()
        let names = await withTaskGroup(of: [String].self) { group in
            for _ in 0..<8 { group.addTask { (0..<500).map { _ in identifiers.next(at: Date()) } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(names).count == 4000)
    }

    @Test func base64ReadsBackWhatItWrote() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 97 + 251) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
        #expect(Base64URL.encode([251, 255, 254]) == "-__-")
        #expect(Base64URL.decode("+//+") == nil)
    }
}
