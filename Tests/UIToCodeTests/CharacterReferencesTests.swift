// Named characters, held against what a browser makes of them.
import Testing

@testable import UIToCode

struct CharacterReferencesTests {
    @Test(arguments: [
        ("a &mdash; b", "a \u{2014} b"), ("&check;&star;", "\u{2713}\u{2606}"), ("&lbrace;x&rbrace;", "{x}"),
        ("&LT;b&gt; &amp;copy; &nbsp;", "&lt;b&gt; &amp;copy; &nbsp;"),
        ("&#8212; & &nothing; &", "&#8212; & &nothing; &"),
        ("&NotEqualTilde;", "\u{2242}\u{338}"), ("plain", "plain"),
    ])
    func namesBecomeCharacters(markup: String, resolved: String) {
        #expect(CharacterReferences.resolved(markup).unicodeScalars.elementsEqual(resolved.unicodeScalars))
    }
}
