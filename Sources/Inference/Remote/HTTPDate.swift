// Dates as HTTP headers carry them (RFC 9110, 5.6.7), read only: `Sun, 06 Nov 1994 08:49:37 GMT`. The two obsolete
// spellings are not understood.

/// Reads the dates of headers.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since the beginning of 1970, UTC; nil for anything that is no such date.
    static func secondsSince1970(_ text: String) -> Double? {
        guard
            let match = text.wholeMatch(
                of: #/[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT/#),
            let day = Int(match.1), let month = months.firstIndex(of: String(match.2)), let year = Int(match.3),
            let hour = Int(match.4), let minute = Int(match.5), let second = Int(match.6),
            (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        return Double(
            daysSince1970(year: year, month: month + 1, day: day) * 86_400 + hour * 3600 + minute * 60 + second)
    }

    /// Counts days in years that begin in March, so that a leap day is a year's last.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let marchYear = month > 2 ? year : year - 1
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return 365 * marchYear + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
    }
}
