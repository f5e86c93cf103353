// Sizes as arguments.
import ArgumentParser

/// A number of bytes as people write it: `500MB`, `5GB`, `1048576`.
struct ByteSize: ExpressibleByArgument, CustomStringConvertible {
    let count: Int

    init(count: Int) { self.count = count }

    init?(argument: String) {
        let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000), ("", 1)]
        guard let unit = units.first(where: { argument.uppercased().hasSuffix($0.0) }),
            let number = Int(argument.dropLast(unit.0.count)), number >= 0,
            case let (count, isTooLarge) = number.multipliedReportingOverflow(by: unit.1), !isTooLarge
        else { return nil }
        self.count = count
    }

    var description: String {
        let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000)]
        let unit = units.first { count > 0 && count % $0.1 == 0 } ?? ("", 1)
        return "\(count / unit.1)\(unit.0)"
    }
}

/// A size, or nothing at all: `2GB`, `off`.
struct ByteLimit: ExpressibleByArgument {
    /// Bytes; 0 for off.
    let count: Int

    init?(argument: String) {
        guard argument != "off" else {
            count = 0
            return
        }
        guard let size = ByteSize(argument: argument), size.count > 0 else { return nil }
        count = size.count
    }
}
