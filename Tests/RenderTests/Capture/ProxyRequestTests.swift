// What a browser asks of a proxy is read strictly, and a server sees nothing of the way its request took.
import NIOHTTP1
import Testing

@testable import Render

@Suite struct ProxyRequestTests {
    @Test(arguments: [
        ("a.example:443", "a.example", 443), ("[::1]:80", "::1", 80), ("127.0.0.1:65535", "127.0.0.1", 65_535),
    ])
    func aTunnelNamesHostAndPort(target: String, host: String, port: Int) throws {
        let head = HTTPRequestHead(version: .http1_1, method: .CONNECT, uri: target)
        let destination = try #require(ProxyRequest(head)).destination
        #expect(destination.host == host)
        #expect(destination.port == port)
        #expect(destination.description == target)
    }

    @Test(arguments: [
        "a.example", "a.example:", "a.example:0", "a.example:65536", "a.example:+80", "a.example:8 0", ":443",
        "[::1]", "[127.0.0.1]:80", "[::1", "[::1]x:80", "a@b.example:443", "a.example:443:443", "a.example/:443",
        "a%00.example:443", "ä.example:443", "::1:443",
    ])
    func otherTunnelsAreNotRead(target: String) {
        #expect(ProxyRequest(HTTPRequestHead(version: .http1_1, method: .CONNECT, uri: target)) == nil)
    }

    @Test(arguments: [
        ("http://a.example", "/", "a.example", "http://a.example/"),
        ("HTTP://a.example:80/b?c", "/b?c", "a.example:80", "http://a.example/b?c"),
        ("http://a.example:8080?c#d", "/?c", "a.example:8080", "http://a.example:8080/?c"),
        ("http://[::1]/x", "/x", "[::1]", "http://[::1]/x"),
    ])
    func aPageIsAskedOfItsServerByPath(target: String, path: String, host: String, address: String) throws {
        let request = try #require(ProxyRequest(HTTPRequestHead(version: .http1_1, method: .GET, uri: target)))
        guard case .page(_, let head) = request else {
            Issue.record("a tunnel")
            return
        }
        #expect(head.uri == path)
        #expect(head.headers["Host"] == [host])
        #expect(request.address == address)
    }

    @Test(arguments: [
        "/", "*", "https://a.example/", "ftp://a.example/", "http://", "http:///x", "http://u@a.example/",
    ])
    func otherPagesAreNotRead(target: String) {
        #expect(ProxyRequest(HTTPRequestHead(version: .http1_1, method: .GET, uri: target)) == nil)
    }

    @Test func whatConcernsTheProxyOnlyIsTakenOut() throws {
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: "http://a.example/",
            headers: [
                "Host": "lie.example", "Proxy-Authorization": "Basic secret", "Connection": "keep-alive, X-Hop",
                "X-Hop": "1", "Upgrade": "h2c", "TE": "trailers", "Cookie": "a=b", "Content-Length": "3",
            ])
        guard case .page(_, let forwarded)? = ProxyRequest(head) else {
            Issue.record("no page")
            return
        }
        #expect(
            forwarded.headers.map { "\($0.name): \($0.value)" }.sorted()
                == ["Connection: close", "Content-Length: 3", "Cookie: a=b", "Host: a.example"])
    }
}
