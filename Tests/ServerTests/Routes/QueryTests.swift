// Queries are read strictly.
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import Server

@Suite struct QueryTests {
    private func query(_ text: String, known: Set<String> = ["a", "limit", "day", "text"]) throws(Problem) -> Query {
        let head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/?\(text)")
        return try Query(Request(head: head, body: RequestBody(buffer: ByteBuffer())), known: known)
    }

    private func fault(_ work: () throws -> Void) -> (code: Problem.Code, param: String?)? {
        do { try work() } catch let problem as Problem { return (problem.code, problem.param) } catch {}
        return nil
    }

    @Test func valuesAreDecoded() throws {
        #expect(try query("a=caf%C3%A9+x%2By")["a"] == "café x+y")
        #expect(try query("a")["a"] == "")
        #expect(try query("")["a"] == nil)
    }

    @Test(arguments: [("b=1", "b"), ("a=1&a=2", "a"), ("a=%FF", "a"), ("A=1", "A")])
    func whatIsUnknownRepeatedOrNoTextIsNamed(text: String, param: String) {
        let fault = fault { _ = try query(text) }
        #expect(fault?.code == .invalidParameter)
        #expect(fault?.param == param)
    }

    @Test(arguments: ["0", "101", "ten", "+5", "5.0", "", " 5", "99999999999999999999"])
    func aNumberOutOfRangeIsRefused(text: String) throws {
        let query = try query("limit=\(text.replacing(" ", with: "%20").replacing("+", with: "%2B"))")
        #expect(fault { _ = try query.integer("limit", in: 1...100) }?.param == "limit")
    }

    @Test func aNumberInRangeIsTaken() throws {
        #expect(try query("limit=100").integer("limit", in: 1...100) == 100)
        #expect(try query("").integer("limit", in: 1...100) == nil)
    }

    @Test(arguments: ["2026-02-30", "2026-13-01", "26-01-01", "2026-1-1", "today", "2026-01-01T00:00:00Z", ""])
    func whatIsNoDayIsRefused(text: String) throws {
        let query = try query("day=\(text)")
        #expect(fault { _ = try query.day("day") }?.param == "day")
    }

    @Test func aLeapDayIsADay() throws {
        #expect(try query("day=2028-02-29").day("day") == "2028-02-29")
    }

    @Test func truthIsWrittenInFull() throws {
        #expect(try query("text=false").truth("text") == false)
        let query = try query("text=0")
        #expect(fault { _ = try query.truth("text") }?.param == "text")
    }
}
