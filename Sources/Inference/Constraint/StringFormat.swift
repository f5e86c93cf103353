// The values of `format` that are held to: how such strings are spelled. What their parts mean (a 30th of February) is
// not looked at. Sources: RFC 3339 for dates and times, RFC 4122 for UUIDs, RFC 2673 for IPv4; addresses of e-mail are
// those of HTML's `<input type=email>`.

/// Formats of strings by their JSON Schema names.
enum StringFormat: String {
    case date, time, uuid, email, ipv4
    case dateTime = "date-time"

    /// A regular expression for the whole string.
    var expression: String {
        switch self {
        case .date: "^\(Self.day)$"
        case .time: "^\(Self.clock)$"
        case .dateTime: "^\(Self.day)T\(Self.clock)$"
        case .uuid: "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
        case .email:
            "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@\(Self.host)(\\.\(Self.host))+$"
        case .ipv4: "^\(Self.octet)(\\.\(Self.octet)){3}$"
        }
    }

    private static let day = #"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"#
    private static let clock =
        #"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"#
    private static let host = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    private static let octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
}
