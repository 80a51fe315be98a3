/// A content's digest, `sha256:` and 64 hexadecimal digits (OCI image-spec, descriptor.md, Digests).
///
/// sha256 is the only algorithm taken: what cannot be verified is not named either.
public struct Digest: Sendable, Hashable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public let hex: String

    public init?(_ text: String) {
        guard text.hasPrefix("sha256:") else { return nil }
        self.init(hex: String(text.dropFirst(7)))
    }

    public init?(hex: String) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else { return nil }
        self.hex = hex
    }

    public var text: String { "sha256:\(hex)" }
    /// As listings show it.
    public var short: String { String(hex.prefix(12)) }
    public var description: String { text }
}
