// A design's name, which becomes a folder's name.
import Media
import Testing

@testable import UIToCode

@Suite struct DesignTests {
    @Test(arguments: [
        ("shots/Sign in.v2.png", "Sign in.v2"), ("/a/b/c.jpeg", "c"), ("noextension", "noextension"),
        (".png", "png"), ("...png", "png"), ("..", "design"), ("/", "design"), ("", "design"), ("a/", "a"),
        (".hidden.png", "hidden"), ("a\u{1B}[31m\n\\b.png", "a[31mb"), ("漢字.webp", "漢字"),
    ])
    func theNameIsTheFilesStemAndSafeAsAFolder(path: String, name: String) {
        #expect(Design.stem(of: path) == name)
        #expect(Design(name: path, image: Image(width: 1, height: 1, fill: (0, 0, 0))).name == name)
    }

    @Test func aFileThatIsNoPictureIsAMediaError() {
        #expect(throws: MediaError.self) { try Design.read(path: "/dev/null") }
        #expect(throws: MediaError.self) { try Design.read(path: "/") }
    }
}
