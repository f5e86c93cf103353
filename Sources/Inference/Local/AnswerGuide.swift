// Keeps an answer to what was asked of it: a format, calls that must or must not come, arguments that follow their tool's
// schema. Says before each token which ones may come, and is told which one came.
//
//     thoughts ──▶ start ──▶ text, or JSON ──▶ end
//                    │          │ (free text)
//                    ▼          ▼
//                  section ──▶ id ──▶ arguments ──▶ section ──▶ behind ──▶ end
//
// JSON always comes to its end: when the tokens that are left just suffice to close what is open, it is closed.

/// Guides one answer.
struct AnswerGuide {
    private let tokenizer: Tokenizer
    private let control: ControlTokens
    private let endTokens: Set<Int>
    private let trie: TokenTrie
    private let terms: Terms
    /// Whether the model may open its thoughts itself, before all else.
    private let mayThink: Bool
    private var place: Place
    /// Calls whose arguments are complete.
    private var callCount = 0
    /// The tool whose arguments are written.
    private var tool: GuidedTool?
    /// The tokens of thoughts and of free text; nil for all.
    private let thoughts, freeText: TokenMask?
    /// What is still to be written of the end, once there is room for nothing else.
    private var end: ArraySlice<UInt8> = []

    /// What an answer is kept to.
    struct Terms {
        /// What the text must be; nil for anything.
        var grammar: JSONGrammar?
        /// What may be called.
        var tools: [GuidedTool]
        var choice: ToolChoice
        var callsInParallel: Bool
        /// The index of the first call.
        var firstCallIndex: Int

        fileprivate var isOneNamed: Bool { if case .named = choice { true } else { false } }
        fileprivate var mustCall: Bool { choice == .required || isOneNamed }
        fileprivate var callsAtAll: Bool { mustCall || choice == .auto && !tools.isEmpty }
        fileprivate var wantsMoreThanThoughts: Bool { mustCall || grammar != nil }
    }

    /// A tool and what its arguments may be.
    struct GuidedTool {
        var name: String
        var grammar: JSONGrammar
    }

    private enum Place {
        case thoughts, start, text
        case json(JSONMatcher)
        case section
        case callID([UInt8])
        case arguments(JSONMatcher)
        case behind
    }

    init(
        _ terms: Terms, tokenizer: Tokenizer, control: ControlTokens, endTokens: Set<Int>, trie: TokenTrie,
        isThinking: Bool, mayThink: Bool
    ) {
        self.mayThink = mayThink
        self.terms = terms
        self.tokenizer = tokenizer
        self.control = control
        self.endTokens = endTokens
        self.trie = trie
        place = isThinking && control.thoughts != nil ? .thoughts : .start
        let calls = terms.callsAtAll ? [] : control.calls.map { [$0.sectionBegin, $0.callBegin] } ?? []
        let ends = terms.wantsMoreThanThoughts ? Array(endTokens) : []
        thoughts = TokenMask.all(of: tokenizer, but: calls + ends)
        freeText = TokenMask.all(of: tokenizer, but: calls)
    }

    /// The next token.
    ///
    /// - Parameters:
    ///   - remaining: how many tokens the answer may still have, this one included.
    ///   - draw: chooses among the tokens of a mask; among all when it is nil.
    mutating func next(
        remaining: Int, draw: (TokenMask?) throws(EngineError) -> Int
    ) throws(EngineError) -> Int {
        let token: Int
        if let forced = forced(remaining) { token = forced } else { token = try allowed(remaining, draw) }
        push(token)
        return token
    }

    /// The token that leaves no choice: the next of the end, or what ends thoughts that take the room of the rest.
    private mutating func forced(_ remaining: Int) -> Int? {
        if let byte = end.popFirst() { return tokenizer.token(of: byte) }
        guard case .thoughts = place, let end = control.thoughts?.end, remaining <= reserve else { return nil }
        return end
    }

    private mutating func allowed(
        _ remaining: Int, _ draw: (TokenMask?) throws(EngineError) -> Int
    ) throws(EngineError) -> Int {
        let token = try draw(mask)
        return closing(insteadOf: token, remaining) ?? token
    }

    // MARK: What may come

    private var mask: TokenMask? {
        switch place {
        case .thoughts: return thoughts
        case .start:
            let thoughts = mayThink ? control.thoughts?.begin : nil
            if terms.mustCall { return only([control.calls?.sectionBegin, thoughts]) }
            guard let grammar = terms.grammar else { return freeText }
            var mask = trie.mask(for: JSONMatcher(grammar))
            if terms.callsAtAll, let begin = control.calls?.sectionBegin { mask.insert(begin) }
            if let thoughts { mask.insert(thoughts) }
            return mask
        case .text: return freeText
        case .json(let matcher):
            var mask = trie.mask(for: matcher)
            if matcher.isComplete { for end in endTokens { mask.insert(end) } }
            return mask
        case .section:
            let mayGoOn = callCount == 0 || (terms.callsInParallel && !terms.isOneNamed)
            return only([
                mayGoOn ? control.calls?.callBegin : nil, callCount > 0 ? control.calls?.sectionEnd : nil,
            ])
        case .callID(let written): return mask(ofIDsAfter: written)
        case .arguments(let matcher):
            var mask = trie.mask(for: matcher)
            if matcher.isComplete, let end = control.calls?.callEnd { mask.insert(end) }
            return mask
        case .behind: return only(endTokens.map { $0 })
        }
    }

    private func only(_ tokens: [Int?]) -> TokenMask {
        var mask = TokenMask(tokenCount: tokenizer.count)
        for token in tokens { if let token { mask.insert(token) } }
        return mask
    }

    /// The tools that may be called next.
    private var callable: [GuidedTool] {
        if case .named(let name) = terms.choice { return terms.tools.filter { $0.name == name } }
        return terms.tools
    }

    private func id(of tool: GuidedTool) -> [UInt8] {
        Array(ToolCallID.text(name: tool.name, index: terms.firstCallIndex + callCount).utf8)
    }

    // An id is written in the tokens that its rest has as a text.
    private func mask(ofIDsAfter written: [UInt8]) -> TokenMask {
        var next: [Int?] = []
        for tool in callable {
            let id = id(of: tool)
            guard id.starts(with: written) else { continue }
            let rest = id.dropFirst(written.count)
            next.append(
                rest.isEmpty
                    ? control.calls?.argumentBegin : tokenizer.encode(String(decoding: rest, as: UTF8.self)).first)
        }
        return only(next)
    }

    // MARK: What came

    private mutating func push(_ token: Int) {
        guard !tokenizer.specialRange.contains(token) else { return pushSpecial(token) }
        let bytes = tokenizer.bytes(of: token)
        switch place {
        case .start:
            place = terms.grammar.map { .json(JSONMatcher($0).pushed(bytes)) } ?? .text
        case .json(let matcher):
            place = .json(matcher.pushed(bytes))
        case .callID(let written): place = .callID(written + bytes)
        case .arguments(let matcher):
            place = .arguments(matcher.pushed(bytes))
        case .thoughts, .text, .section, .behind: break
        }
    }

    private mutating func pushSpecial(_ token: Int) {
        switch token {
        case control.thoughts?.end: if case .thoughts = place { place = .start }
        case control.thoughts?.begin:
            switch place {
            case .start, .text: place = .thoughts
            default: break
            }
        case control.calls?.sectionBegin: place = .section
        case control.calls?.callBegin: place = .callID([])
        case control.calls?.argumentBegin:
            guard case .callID(let written) = place else { return }
            tool = callable.first { id(of: $0) == written }
            place = .arguments(JSONMatcher(tool?.grammar ?? .anyObject))
        // Elsewhere these two mean nothing, as to `ToolCallParser`.
        case control.calls?.callEnd:
            guard case .arguments = place else { return }
            callCount += 1
            place = .section
        case control.calls?.sectionEnd:
            guard case .section = place else { return }
            place = .behind
        default: break
        }
    }

    // MARK: The end

    /// Tokens that what must be written needs at least, from the start on.
    private var reserve: Int {
        if terms.mustCall, let shortest = callable.compactMap({ JSONMatcher($0.grammar).ending?.count }).min() {
            return shortest + (callable.map { id(of: $0).count }.max() ?? 0) + 6
        }
        guard let grammar = terms.grammar else { return 0 }
        return (JSONMatcher(grammar).ending?.count ?? 0) + 2
    }

    /// The token that begins the end, when behind `token` the rest of the answer would not suffice for it; nil while it
    /// does, and when it never did. The whole end is then written as it was found.
    private mutating func closing(insteadOf token: Int, _ remaining: Int) -> Int? {
        let (matcher, marks): (JSONMatcher, Int)
        switch place {
        case .json(let open): (matcher, marks) = (open, 0)
        case .arguments(let open): (matcher, marks) = (open, 2)
        default: return nil
        }
        guard !tokenizer.specialRange.contains(token) else { return nil }
        let room = remaining - marks
        let after = matcher.pushed(tokenizer.bytes(of: token))
        if let ending = after.ending, ending.count < room { return nil }
        guard let ending = matcher.ending, ending.count <= room else { return nil }
        end = ending[...]
        guard let first = end.popFirst() else {
            // It is complete: the call ends here, and text ends with the answer.
            return marks > 0 ? control.calls?.callEnd : endTokens.min()
        }
        return tokenizer.token(of: first)
    }
}

extension JSONMatcher {
    /// The place behind bytes that were let through.
    fileprivate func pushed(_ bytes: [UInt8]) -> JSONMatcher {
        var matcher = self
        let isTaken = matcher.push(token: bytes)
        precondition(isTaken, "a token behind the mask is part of a valid text")
        return matcher
    }
}

extension TokenMask {
    /// All tokens but some; nil for all.
    fileprivate static func all(of tokenizer: Tokenizer, but left: [Int]) -> TokenMask? {
        guard !left.isEmpty else { return nil }
        var mask = TokenMask(tokenCount: tokenizer.count)
        for token in 0..<tokenizer.count where !left.contains(token) { mask.insert(token) }
        return mask
    }
}
