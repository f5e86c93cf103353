// What a tokenizer takes from its files, and what it refuses.
import Foundation
import Inference
import Support
import Testing

struct TokenizerTests {
    @Test func namesSpecialTokensAsTheConfigSaysAndTheRestByID() throws {
        let directory = try TemporaryDirectory([
            "tiktoken.model": MadeVocabulary.model(["ab"]),
            "tokenizer_config.json": try MadeVocabulary.config([257: "[BOS]", 259: "<|im_end|>"]),
        ])
        let tokenizer = try Tokenizer(directory: directory.path)
        #expect(tokenizer.count == 257 + 256)
        #expect(tokenizer.specialRange == 257..<513)
        #expect(tokenizer.specialID("[BOS]") == 257)
        #expect(tokenizer.specialID("<|reserved_token_258|>") == 258)
        #expect(tokenizer.specialID("<|im_end|>") == 259)
        #expect(tokenizer.specialID("<|reserved_token_512|>") == 512)
        #expect(tokenizer.specialID("<|reserved_token_257|>") == nil)
        #expect(tokenizer.specialID("<think>") == nil)
        #expect(tokenizer.bytes(of: 256) == Array("ab".utf8))
        #expect(tokenizer.decode([256, 259]) == "ab<|im_end|>")
    }

    @Test func aPatternOfItsOwnReplacesThatOfK2() throws {
        let directory = try TemporaryDirectory([
            "tiktoken.model": MadeVocabulary.model(["<b>", "user", "us"]),
            "tokenizer_config.json": try MadeVocabulary.config([:], pattern: #"<[a-z]>|user\z|[\s\S]"#),
        ])
        let tokenizer = try Tokenizer(directory: directory.path)
        #expect(tokenizer.encode("<b>us") == [256, 0x75, 0x73])
        #expect(tokenizer.encode("user") == [257])
        #expect(tokenizer.encode("user ") == [0x75, 0x73, 0x65, 0x72, 0x20])
    }

    @Test func textBetweenTheMatchesOfAPatternIsNotLost() throws {
        let directory = try TemporaryDirectory([
            "tiktoken.model": MadeVocabulary.model(["xy"]),
            "tokenizer_config.json": try MadeVocabulary.config([:], pattern: "[0-9]"),
        ])
        let tokenizer = try Tokenizer(directory: directory.path)
        #expect(tokenizer.decode(tokenizer.encode("xy1é2😀")) == "xy1é2😀")
        #expect(tokenizer.encode("xy1xy").first == 256)
    }

    @Test func aWholePieceIsOneTokenEvenWhenMergingWouldEndElsewhere() throws {
        let directory = try TemporaryDirectory([
            "tiktoken.model": MadeVocabulary.model(["ab", "bc", "abcd", "xx"]),
            "tokenizer_config.json": try MadeVocabulary.config([:]),
        ])
        let tokenizer = try Tokenizer(directory: directory.path)
        #expect(tokenizer.encode("abcd") == [258])
        #expect(tokenizer.encode("abc") == [256, 0x63])
        #expect(tokenizer.encode("xxxxx") == [259, 259, 0x78])
    }

    @Test func aMissingFileIsNamed() throws {
        let directory = try TemporaryDirectory()
        #expect(
            errorThrown { () throws(TokenizerError) in try Tokenizer(directory: directory.path) }
                == .unreadable(file: directory.path + "/tiktoken.model", reason: "cannot be read"))
        let half = try TemporaryDirectory(["tiktoken.model": MadeVocabulary.model([])])
        #expect(
            errorThrown { () throws(TokenizerError) in try Tokenizer(directory: half.path) }
                == .unreadable(file: half.path + "/tokenizer_config.json", reason: "cannot be read"))
    }

    @Test(arguments: [
        ("YWI= 256\nYWM=257\n", "line 258", "base64, a space and the rank", "“YWM=257”"),
        ("YWI= 256\n\nYWM= 257\n", "line 258", "base64, a space and the rank", "“”"),
        ("YWI= 257\n", "line 257", "rank 256", "“257”"),
        ("YWI= -1\n", "line 257", "rank 256", "“-1”"),
        ("YWI= 256 \n", "line 257", "rank 256", "“256 ”"),
        ("YWI= 256\r\n", "line 257", "rank 256", "“256\r”"),
        ("YWI=  256\n", "line 257", "rank 256", "“ 256”"),
        ("YWI= 99999999999999999999256\n", "line 257", "rank 256", "“99999999999999999999256”"),
        ("YWI= \n", "line 257", "rank 256", "“”"),
        ("YWI 256\n", "line 257", "base64 of at least one byte", "“YWI”"),
        ("Y*I= 256\n", "line 257", "base64 of at least one byte", "“Y*I=”"),
        ("Y=I= 256\n", "line 257", "base64 of at least one byte", "“Y=I=”"),
        (" 256\n", "line 257", "base64 of at least one byte", "“”"),
        ("YQ== 256\n", "line 257", "bytes that no earlier line has", "the token of an earlier line again"),
    ])
    func aBrokenLineIsNamedWithWhatItShouldBe(added: String, place: String, expected: String, found: String) throws {
        let directory = try TemporaryDirectory([
            "tiktoken.model": MadeVocabulary.model([]) + added,
            "tokenizer_config.json": try MadeVocabulary.config([:]),
        ])
        #expect(
            errorThrown { () throws(TokenizerError) in try Tokenizer(directory: directory.path) }
                == .malformed(
                    file: directory.path + "/tiktoken.model", place: place, expected: expected, found: found))
    }

    @Test func aVocabularyWithoutEverySingleByteIsRefused() throws {
        let lines = MadeVocabulary.model([]).split(separator: "\n").dropLast().joined(separator: "\n")
        let directory = try TemporaryDirectory(["tiktoken.model": lines])
        #expect(
            errorThrown { () throws(TokenizerError) in try Tokenizer(directory: directory.path) }
                == .malformed(
                    file: directory.path + "/tiktoken.model", place: "all 255 lines",
                    expected: "all 256 single bytes", found: "none for 255"))
    }

    @Test func theLastLineNeedsNoLineEnd() throws {
        let directory = try TemporaryDirectory([
            "tiktoken.model": MadeVocabulary.model([]) + "YWI= 256",
            "tokenizer_config.json": try MadeVocabulary.config([:]),
        ])
        #expect(try Tokenizer(directory: directory.path).encode("ab") == [256])
    }

    @Test(arguments: [
        ("[]", "the whole file", "an object", "an array"),
        ("{", "byte 1", "a key", "the end"),
        ("{}", "added_tokens_decoder", "an object of special tokens by id", "nothing"),
        (
            #"{"added_tokens_decoder": {"255": {"content": "x"}}}"#, "added_tokens_decoder", "ids from 256 to 511",
            "“255”"
        ),
        (
            #"{"added_tokens_decoder": {"512": {"content": "x"}}}"#, "added_tokens_decoder", "ids from 256 to 511",
            "“512”"
        ),
        (#"{"added_tokens_decoder": {"256": {}}}"#, "added_tokens_decoder.256.content", "the token's name", "nothing"),
        (
            #"{"added_tokens_decoder": {"256": {"content": "a"}, "258": {"content": "a"}}}"#,
            "added_tokens_decoder.258", "a name of its own", "a, which 256 has"
        ),
        (
            #"{"added_tokens_decoder": {}, "pre_tokenizer_pattern": "("}"#, "pre_tokenizer_pattern",
            "a regular expression", "“(”"
        ),
        (#"{"added_tokens_decoder": {}, "pre_tokenizer_pattern": 1}"#, "pre_tokenizer_pattern", "a string", "a number"),
    ])
    func aBrokenConfigIsNamedWithWhatItShouldBe(config: String, place: String, expected: String, found: String) throws {
        let directory = try TemporaryDirectory([
            "tiktoken.model": MadeVocabulary.model([]), "tokenizer_config.json": config,
        ])
        let error = errorThrown { () throws(TokenizerError) in try Tokenizer(directory: directory.path) }
        #expect(
            error
                == .malformed(
                    file: directory.path + "/tokenizer_config.json", place: place, expected: expected, found: found))
        #expect(error?.description.contains("expected \(expected), found \(found)") == true)
    }
}
