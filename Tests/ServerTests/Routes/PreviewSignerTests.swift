// The address of a preview is its permission.
import Foundation
import Jobs
import Testing

@testable import Server

@Suite struct PreviewSignerTests {
    private let signer = PreviewSigner(secret: [UInt8](repeating: 7, count: 32))
    private let noon = Date(timeIntervalSince1970: 1_795_435_200)

    private var token: String { signer.token(conversion: "conv_01", revision: 2, now: noon) }

    @Test func aTokenGivesSightOfWhatItWasMadeFor() {
        #expect(signer.grant(token, now: noon) == .init(conversion: "conv_01", revision: 2))
    }

    @Test func aTokenRunsOutAfterHalfADayAndBeforeAWholeOne() {
        #expect(signer.grant(token, now: noon + 12 * 3600 - 1) != nil)
        #expect(signer.grant(token, now: noon + 24 * 3600) == nil)
    }

    @Test func tokensOfTheSameHalfDayAreTheSame() {
        #expect(signer.token(conversion: "conv_01", revision: 2, now: noon + 60) == token)
        #expect(signer.token(conversion: "conv_01", revision: 3, now: noon) != token)
    }

    @Test func everyCharacterCounts() {
        let letters = Array(token)
        for index in letters.indices {
            var changed = letters
            changed[index] = letters[index] == "A" ? "B" : "A"
            let grant = signer.grant(String(changed), now: noon)
            // The last character carries bits that no byte takes; the same bytes are the same token.
            #expect(grant == nil || Data(base64URL: String(changed)) == Data(base64URL: token), "at \(index)")
        }
    }

    @Test func anotherServersTokenIsNoPermission() {
        let other = PreviewSigner(secret: [UInt8](repeating: 8, count: 32))
        #expect(other.grant(token, now: noon) == nil)
    }

    @Test(arguments: ["", "abc", "../../etc/passwd", "%00", String(repeating: "A", count: 43), "ä"])
    func whatIsNoTokenIsNoPermission(text: String) {
        #expect(signer.grant(text, now: noon) == nil)
    }
}
