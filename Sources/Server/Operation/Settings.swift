// How one setting is found: a flag, else the environment, else the configuration file, else what is built in. Every
// value is checked where it is read; an error names the key, where its value came from and what is allowed. Whatever
// is asked for is known; a key of the file that nobody asked for is refused with the nearest known name.
import Configuration
import Foundation

/// A flag of the command line that stands for a key.
package struct SettingFlag: Sendable {
    /// As it is typed: `--log-level`.
    package let name: String
    package let value: Value

    package enum Value: Sendable {
        case text(String)
        case integer(Int)
        case list([String])
    }

    package init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }
}

/// One effective value, for people.
package struct Setting: Sendable, Equatable {
    package let key: String
    /// As it would stand in a JSON file; `null` when there is none.
    package let value: String
    /// A flag, a variable, a file's path, or `default`.
    package let origin: String
}

/// What is wrong with the configuration.
package enum ConfigurationError: Error, Equatable {
    case invalid(key: String, origin: String, found: String, allowed: String)
    case unknown(key: String, file: String, nearest: String?)
    case unreadable(file: String, reason: String)
    case malformed(file: String, reason: String)
    case inconsistent(String)
}

extension ConfigurationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalid(let key, let origin, let found, let allowed):
            "\(origin): \(key) must be \(allowed), not \(found)"
        case .unknown(let key, let file, let nearest):
            "\(file): there is no key \"\(key)\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
        case .unreadable(let file, let reason): "\(file): the configuration cannot be read: \(reason)"
        case .malformed(let file, let reason): "\(file): not a JSON object: \(reason)"
        case .inconsistent(let message): message
        }
    }
}

/// Reads settings one by one and remembers what it read.
struct SettingsReader {
    private let flags: [String: SettingFlag]
    private let environment: [String: String]
    private let file: SettingsFile?
    private let providers: [any ConfigSnapshot]
    /// What was read so far, in the order of reading.
    private(set) var settings: [Setting] = []

    init(flags: [String: SettingFlag], environment: [String: String], file: SettingsFile?) {
        self.flags = flags
        self.environment = environment
        self.file = file
        let typed = flags.map { key, flag in
            let content: ConfigContent =
                switch flag.value {
                case .text(let text): .string(text)
                case .integer(let integer): .int(integer)
                case .list(let list): .stringArray(list)
                }
            return (AbsoluteConfigKey(ConfigKey(key)), ConfigValue(content, isSecret: false))
        }
        let variables = EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "bottega")
        providers =
            [
                InMemoryProvider(name: "flags", values: Dictionary(uniqueKeysWithValues: typed)).snapshot(),
                variables.snapshot(),
            ]
            + (file.map { [$0.snapshot] } ?? [])
    }

    mutating func text(
        _ key: String, default fallback: String?, allowed: String, where isAllowed: (String) -> Bool = { !$0.isEmpty }
    ) throws(ConfigurationError) -> String? {
        let found = try find(key, .string, allowed: allowed)
        guard let found else { return note(key, fallback, nil) }
        guard case .string(let text) = found.content, isAllowed(text) else {
            throw invalid(key, found.origin, allowed)
        }
        return note(key, text, found.origin)
    }

    /// A text that is not to be shown.
    mutating func secret(_ key: String, allowed: String) throws(ConfigurationError) -> String? {
        guard let found = try find(key, .string, allowed: allowed) else { return note(key, nil as String?, nil) }
        guard case .string(let text) = found.content, !text.isEmpty else {
            throw ConfigurationError.invalid(key: key, origin: found.origin, found: "•••", allowed: allowed)
        }
        _ = note(key, "•••", found.origin)
        return text
    }

    /// A path; a leading `~/` stands for the home directory, as in a shell.
    mutating func path(_ key: String, default fallback: String?) throws(ConfigurationError) -> String? {
        let found = try text(key, default: fallback, allowed: "a path")
        guard let found, found.hasPrefix("~/"), let home = environment["HOME"] else { return found }
        return home + found.dropFirst(1)
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, default fallback: Choice
    ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
        let allowed = "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")
        let name = try text(key, default: fallback.rawValue, allowed: allowed) { Choice(rawValue: $0) != nil }
        return name.flatMap { Choice(rawValue: $0) } ?? fallback
    }

    mutating func integer(
        _ key: String, default fallback: Int?, in range: ClosedRange<Int>
    ) throws(ConfigurationError) -> Int? {
        let allowed = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let found = try find(key, .int, allowed: allowed) else { return note(key, fallback, nil) }
        guard case .int(let integer) = found.content, range.contains(integer) else {
            throw invalid(key, found.origin, allowed)
        }
        return note(key, integer, found.origin)
    }

    mutating func truth(_ key: String, default fallback: Bool) throws(ConfigurationError) -> Bool {
        let allowed = "true or false"
        guard let found = try find(key, .bool, allowed: allowed) else {
            _ = note(key, String(fallback), nil, isText: false)
            return fallback
        }
        guard case .bool(let truth) = found.content else { throw invalid(key, found.origin, allowed) }
        _ = note(key, String(truth), found.origin, isText: false)
        return truth
    }

    mutating func number(
        _ key: String, default fallback: Double, in range: ClosedRange<Double>
    ) throws(ConfigurationError) -> Double {
        let allowed = "a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))"
        guard let found = try find(key, .double, allowed: allowed) else {
            _ = note(key, plain(fallback), nil, isText: false)
            return fallback
        }
        guard case .double(let number) = found.content, range.contains(number) else {
            throw invalid(key, found.origin, allowed)
        }
        _ = note(key, plain(number), found.origin, isText: false)
        return number
    }

    /// Several texts: an array in a file, separated by commas in a variable.
    mutating func list(
        _ key: String, allowed: String, where isAllowed: (String) -> Bool
    ) throws(ConfigurationError) -> [String] {
        let found = try find(key, .stringArray, allowed: allowed)
        guard let found else {
            settings.append(Setting(key: key, value: "[]", origin: "default"))
            return []
        }
        guard case .stringArray(let all) = found.content else { throw invalid(key, found.origin, allowed) }
        let list = all.filter { !$0.isEmpty }
        guard list.allSatisfy(isAllowed) else { throw invalid(key, found.origin, allowed) }
        settings.append(Setting(key: key, value: json(list), origin: found.origin))
        return list
    }

    /// Refuses keys of the file that were not read.
    func refuseUnknownKeys() throws(ConfigurationError) {
        guard let file else { return }
        let known = settings.map(\.key)
        for key in file.values.keys.sorted() where !known.contains(key) {
            throw .unknown(key: key, file: file.path, nearest: Spelling.nearest(to: key, among: known))
        }
    }

    /// Variables that begin like ours and name no key. They are not refused: orchestrators set such variables for
    /// every service that is called bottega.
    func unknownVariables() -> [String] {
        let known = Set(settings.map { variable(for: $0.key) } + ["BOTTEGA_CONFIG", "BOTTEGA_ISA"])
        return environment.keys.filter { $0.hasPrefix("BOTTEGA_") && !known.contains($0) }.sorted()
    }

    // The first source that has a value. A value of the wrong type is an error, never a reason to look further.
    private func find(
        _ key: String, _ type: ConfigType, allowed: String
    ) throws(ConfigurationError) -> (content: ConfigContent, origin: String)? {
        for (index, provider) in providers.enumerated() {
            let origin = [flags[key]?.name ?? "", variable(for: key), file?.path ?? ""][index]
            do {
                let value = try provider.value(forKey: AbsoluteConfigKey(ConfigKey(key)), type: type).value
                if let value { return (value.content, origin) }
            } catch {
                throw invalid(key, origin, allowed)
            }
        }
        return nil
    }

    private func invalid(_ key: String, _ origin: String, _ allowed: String) -> ConfigurationError {
        let found: String =
            if let flag = flags[key], flag.name == origin {
                switch flag.value {
                case .text(let text): json(text)
                case .integer(let integer): String(integer)
                case .list(let list): json(list)
                }
            } else if let text = environment[origin] {
                json(text)
            } else {
                file?.values[key] ?? "that"
            }
        return .invalid(key: key, origin: origin, found: found, allowed: allowed)
    }

    // rate.requestsPerMinute → BOTTEGA_RATE_REQUESTS_PER_MINUTE
    private func variable(for key: String) -> String {
        var name = "BOTTEGA_"
        for character in key {
            if character.isUppercase { name.append("_") }
            name.append(character == "." ? "_" : Character(character.uppercased()))
        }
        return name
    }

    private mutating func note(_ key: String, _ text: String?, _ origin: String?, isText: Bool = true) -> String? {
        let value = text.map { isText ? json($0) : $0 } ?? "null"
        settings.append(Setting(key: key, value: value, origin: origin ?? "default"))
        return text
    }

    private mutating func note(_ key: String, _ integer: Int?, _ origin: String?) -> Int? {
        _ = note(key, integer.map(String.init), origin, isText: false)
        return integer
    }

    private func plain(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
    }

    private func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
            preconditionFailure("text always has a JSON form: \(error)")
        }
    }
}

/// A configuration file, read once.
struct SettingsFile {
    let path: String
    let snapshot: any ConfigSnapshot
    /// Every value by its dotted key, as it stands in the file.
    let values: [String: String]

    static func read(_ path: String) throws(ConfigurationError) -> SettingsFile {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            throw .unreadable(file: path, reason: String(cString: strerror(errno)))
        }
        do {
            guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
                throw ConfigurationError.malformed(file: path, reason: "its outermost value is something else")
            }
            let snapshot = try JSONSnapshot(data: data.bytes, providerName: path, parsingOptions: .default)
            return SettingsFile(path: path, snapshot: snapshot, values: flattened(object, prefix: ""))
        } catch let error as ConfigurationError {
            throw error
        } catch {
            let reason = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? "\(error)"
            throw .malformed(file: path, reason: reason)
        }
    }

    private static func flattened(_ object: [String: Any], prefix: String) -> [String: String] {
        var values: [String: String] = [:]
        for (name, value) in object {
            if let inner = value as? [String: Any] {
                values.merge(flattened(inner, prefix: prefix + name + ".")) { first, _ in first }
            } else {
                let data = try? JSONSerialization.data(
                    withJSONObject: value, options: [.fragmentsAllowed, .withoutEscapingSlashes])
                values[prefix + name] = data.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
            }
        }
        return values
    }
}

/// Which known word somebody may have meant.
enum Spelling {
    /// The word with the fewest edits, when they are few enough for it to be likely.
    static func nearest(to word: String, among known: [String]) -> String? {
        let ranked = known.map { (word: $0, distance: distance(word.lowercased(), $0.lowercased())) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(2, word.count / 3) ? best.word : nil
    }

    // Levenshtein's distance, one row at a time.
    private static func distance(_ first: String, _ second: String) -> Int {
        let second = Array(second)
        var row = Array(0...second.count)
        for (index, character) in first.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in second.indices {
                let replaced = diagonal + (character == second[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[second.count]
    }
}
