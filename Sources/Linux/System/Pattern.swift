internal import Glibc

/// A regular expression of the POSIX extended kind. regex(7).
@safe
public struct Pattern: ~Copyable {
    private var compiled = unsafe regex_t()

    /// Nil for one that is wrong. regcomp(3).
    public init?(_ text: String) {
        guard unsafe regcomp(&compiled, text, REG_EXTENDED | REG_NOSUB) == 0 else { return nil }
    }

    deinit {
        var copy = unsafe compiled
        unsafe regfree(&copy)
    }

    /// Whether it is found somewhere in the text. regexec(3).
    public mutating func matches(_ text: String) -> Bool { unsafe regexec(&compiled, text, 0, nil, 0) == 0 }
}
