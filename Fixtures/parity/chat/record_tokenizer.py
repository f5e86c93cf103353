"""Records `tokenizer.json`: ids of difficult texts, by the `tiktoken` package.

    python record_tokenizer.py

A case is a text, or a list of [unit, count] that repeats units to a huge text, with its ids or, for huge texts,
their number and FNV-1a hash (over each id as four bytes, lowest first). `bytes.json` pairs bytes that are partly no
UTF-8 with what Python decodes.
"""

import random

from kimi import encode_text, encoding, write_json

TEXTS = [
    "", " ", "  ", "   ", "\n", "\r\n", "\t", "a", " a", "a ", "  a  ", "\n\n\n", " \n", "\n ", "\r", "\r\r\n\n",
    "Hello, world!", "hello  world", "hello   world   ", "tab\tand\t\ttabs", "line\nline\n\nline\n", "a\r\nb\r\n\r\nc",
    "trailing space \n and more  \n", "   leading", "\n  indented\n    more", "mixed \t \n \t tail\t ",
    # Han among others, with and without spaces.
    "中文", "abc中文", "中文abc", "abc中文def", "中 文", " 中文", "中文 and English", "打开settings页面", "中文,标点。",
    "A中B文C", "中中中中", "中中中中中", "中1文2", "々〆〇", "〡〢〣", "㐀㐁", "𠀀𠀁", "中\u0301文", "ab\u0301中", "가나中다라",
    # Other scripts.
    "ログイン", "ひらがなカタカナ漢字", "日本語のテキスト", "한국어 화면", "На странице", "ΑΒΓ αβγ ΐ", "الصفحة فيها", "पृष्ठ पर एक",
    "ไทยภาษา", "Đăng nhập", "Größe Straße", "İstanbul ı", "ǅungla ǈ", "ʰaspirate", "ªº", "ﬁne ﬂow ﬆ", "Ⅷ ⅷ", "ꟲ",
    # Case and its edges.
    "HelloWorld", "helloWorld", "HELLOworld", "HELLOWorld", "XMLHttpRequest", "iPhone", "ABC", "aB", "Ab", "ABc",
    "camelCaseAndPascalCase", "snake_case_name", "kebab-case-name", "SCREAMING_SNAKE", "__dunder__", "don", "DON",
    # Contractions, also of the long s, which case folding takes for an s.
    "don't", "DON'T", "it's", "IT'S", "It'S", "we're we've we'll I'm he'd", "WE'RE WE'VE WE'LL I'M HE'D", "'s", "'S",
    " 's", "x'", "x''s", "x's's", "dog'ſ", "DOG'ſ", "'ſ", "dog's1", "dog'sx", "don’t", "中's", "1's", "!'s", "rock'n'roll",
    "l'été", "o'clock", "'tis", "'re", "a'rex", "a'vex", "a'LL", "a'ß", "a'ﬅ",
    # Numbers.
    "1", "12", "123", "1234", "12345", "1234567", "3.14159", "1,000,000", "0x1F600", "a1b2c3", "1a", "٣٤٥٦", "½¼¾", "①②③④",
    "²³⁴⁵", "Ⅷ1", "१२३४", "2024-11-23", "12:34:56", "100%", "𝟘𝟙𝟚𝟛𝟜", "1 2 3", "1  2", "零一二",
    # Punctuation and symbols.
    "!", "!!", "!!!\n", "!\n\n!", " !", "  !", "...", "…", "a.b", "a. b", "a .b", "(a)", "[a]", "{a}", "<a>", "</a>",
    '"quoted"', "“quoted”", "-----BEGIN KEY-----", "------", "qqqqq", "qqqqqq", "xyxyxy", "xyxyx", " Qux", "Qux",
    " zyzzyva", "zyzzyva", "zzzzzzzz", "zzzzzzzzz", "zzzzzzz", "a=b+c*d/e%f^g&h|i", "$100 €5 £3 ¥7", "→←↑↓", "•—–", "//\n",
    "/* c */\r\n", " //", ";;;\r\n\r\n;", "\\n\\t", "`code`", "~~~", "@user #tag", "a@b.c", "©®™", "\u2028", "a\u2028b", "\u2029",
    # Emoji: joined, skin tones, flags, keycaps, selectors.
    "😀", "😀😃", " 😀", "a😀b", "👍🏽", "👩‍💻", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪🇯🇵", "1️⃣", "❤️", "❤", "⚠️ !", "😀中文", "中😀文", "✅ done",
    # Marks.
    "e\u0301", "E\u0301a", "\u0301", "\u0301a", " \u0301", "a\u0301\u0302\u0303", "1\u0301", "!\u0301", "\u0e33", "क्षि", "नि", "\u20e3",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢", "\u200d", "a\u200db", "\u200b", "a\u200bb", "\ufeffa", "a\u00adb", "\u200e\u200f",
    # White space of all kinds. U+000B, U+0085 and U+001C are where engines differ.
    "\u000b", "a\u000bb", " \u000b ", "\u000b\n", "\u000c", "a\u000cb", "\u0085", "a\u0085b", " \u0085\n", "\u0085\u0085x", "\u00a0",
    "a\u00a0b", "\u00a0\u00a0a", "\u00a0\u3000", "\u3000", "\u3000中文", "a\u3000b", "\u1680\u2003\u2009x", "\u202f1", "\u205f",
    "\u001c", "a\u001cb", "\u001d\u001e\u001f", " \u001c ", "\u180e", "a \u00a0 b", "\u00a0\n\u00a0", "a\u2007b", "\u0000", "a\u0000b",
    "\u007f", "\u0080", "\u001b[0m",
    # Control tokens spelled in user text stay text.
    "<|im_end|>", "a<|im_end|>b", "<think>", "</think>", "<think>x</think>", "[EOS]", "[BOS][PAD]", "<|media_pad|>",
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.f:0", "<|im_user|>user<|im_middle|>hi<|im_end|>",
    "<|reserved_token_1605|>", "<|im_end|", "<<|im_end|>>", "<|kimi_k25_video_placeholder|>",
    # Outside of what most see.
    "\ufffd", "\uffff", "\U0010ffff", "\ue000", "\U000e0041", "𝒜𝓁𝓅𝒽𝒶", "𐍈", "🄰", "\U0001f1e6", "ﷺ", "ꙮ", "ᚠᛇᚻ", "𒀀𒁀",
    # Things people paste.
    '<div class="card">\n\t<p>Hi &amp; bye</p>\n</div>\n', "    if (x) {\n        return y;\n    }\n",
    "def f(x):\r\n\treturn x  # ok\r\n", '{"a": [1, 2.5, null], "b": "\\u00e9"}', "SELECT * FROM t WHERE a >= 'x';",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ", "https://example.com/a?b=c&d=%20e#f",
    "| a | b |\n|---|---|\n| 1 | 2 |\n", "- item\n- item\n\n1. one\n2. two\n", "$ ls -la | grep \"x\" > out.txt 2>&1",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit.\n" * 4,
]

HUGE = [
    [["a", 24_999]], [["a", 25_000]], [["a", 25_001]], [["ab", 25_001]], [[" ", 25_001]], [[" ", 50_002]],
    [["x", 25_001], [" ", 25_001], ["y", 3]], [["a ", 60_000]], [["中", 30_000]], [["中a", 30_000]], [["!", 60_001]],
    [["😀", 26_000]], [["7", 25_001]], [["z", 100_003]], [["qx", 40_000]], [["\n", 25_001]], [["\u000b\u0085", 20_000]],
    [["xy\u001c", 20_000]], [["word ", 79_999], ["abcdefghij", 3]], [["a", 399_999], [" b", 5]], [["é", 25_000], [" ", 1]],
    [["line of text\r\n", 30_000]], [["-", 400_001]], [["\u00a0", 25_001], ["\u001c", 25_001]],
]

BROKEN_BYTES = [
    "", "61", "c3", "c328", "c3a9", "e4b8", "e4b8ad", "e4b861", "f09f98", "f09f9880", "f09f98c3a9", "80", "8080", "ff",
    "c0af", "c1bf", "e080af", "e0a0", "eda080", "ed9f", "ed9fbf", "f0808080", "f0908080", "f48fbfbf", "f4908080",
    "f5808080", "e4e4b8ad", "e4b8e4b8ad", "f0f09f9880", "f09ff09f9880", "61c3", "61e4b8", "61f09f98", "fe61", "c361c3a9",
    "e0a061", "f0909061", "f48f61", "edbf", "e09f", "f08f", "f490",
]


def fnv1a(ids: list[int]) -> str:
    value = 0xCBF29CE484222325
    for token in ids:
        for byte in token.to_bytes(4, "little"):
            value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def random_texts(count: int) -> list[str]:
    """Texts that mix everything above, character by character."""
    source = random.Random(2025)
    alphabet = sorted(set("".join(TEXTS)))
    return ["".join(source.choices(alphabet, k=source.randint(2, 24))) for _ in range(count)]


def main() -> None:
    tokens = encoding()
    cases = [{"text": text, "ids": encode_text(tokens, text)} for text in TEXTS + random_texts(150)]
    for parts in HUGE:
        ids = encode_text(tokens, "".join(unit * count for unit, count in parts))
        cases.append({"parts": parts, "count": len(ids), "hash": fnv1a(ids)})
    write_json("tokenizer.json", cases)
    write_json(
        "bytes.json",
        [{"hex": hex_bytes, "text": bytes.fromhex(hex_bytes).decode(errors="replace")} for hex_bytes in BROKEN_BYTES])


if __name__ == "__main__":
    main()
