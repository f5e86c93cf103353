// libarchive converts names between an archive's character set and that of the calling thread's locale, which is "C"
// in a program that never asked for another: every name beyond ASCII would be lost. So its calls run under UTF-8.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The locale in which text is UTF-8 and nothing else is decided.
enum UTF8Locale {
    /// Nil on a system without `C.UTF-8`; libarchive then refuses names beyond ASCII by itself.
    nonisolated(unsafe) private static let locale: locale_t? = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)

    /// Runs `body` with this thread's text in UTF-8, and puts back what was before.
    static func use<Result>(_ body: () -> Result) -> Result {
        guard let locale else { return body() }
        let former = uselocale(locale)
        defer { _ = uselocale(former) }
        return body()
    }
}
