/// An image's name as docker has it: `registry/repository:tag@digest`, with what is left out filled in.
///
/// `alpine` is `docker.io/library/alpine:latest`; what stands before the first slash is a registry only if it has a dot or a
/// colon, or is `localhost` (distribution/reference).
public struct ImageName: Sendable, Hashable, CustomStringConvertible {
    /// Host and port: `docker.io`, `127.0.0.1:5000`.
    public var registry: String
    /// `library/alpine`.
    public var repository: String
    public var tag: String?
    public var digest: Digest?
    /// No registry was given: `registry` and `library/` are what docker would take.
    public var isShort = false

    public static let standardRegistry = "docker.io"

    public init(registry: String, repository: String, tag: String? = nil, digest: Digest? = nil) {
        self.registry = registry
        self.repository = repository
        self.tag = tag
        self.digest = digest
    }

    /// - Throws: what is wrong with it, in a few words.
    public init(_ text: String) throws(InvalidName) {
        var rest = text[...]
        if let at = rest.firstIndex(of: "@") {
            guard let digest = Digest(String(rest[rest.index(after: at)...])) else {
                throw InvalidName("what follows @ is not sha256: and 64 hexadecimal digits")
            }
            self.digest = digest
            rest = rest[..<at]
        } else {
            digest = nil
        }
        let slash = rest.lastIndex(of: "/") ?? rest.startIndex
        if let colon = rest[slash...].lastIndex(of: ":") {
            let given = String(rest[rest.index(after: colon)...])
            guard Self.isTag(given) else { throw InvalidName("\"\(given)\" is not a tag") }
            tag = given
            rest = rest[..<colon]
        } else {
            tag = nil
        }
        var parts = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count > 1, let first = parts.first, first.contains(where: { $0 == "." || $0 == ":" }) || first == "localhost" {
            guard Self.isRegistry(first) else { throw InvalidName("\"\(first)\" is not a registry's host and port") }
            registry = first == "index.docker.io" ? Self.standardRegistry : first
            parts.removeFirst()
        } else {
            registry = Self.standardRegistry
            isShort = true
        }
        if registry == Self.standardRegistry, parts.count == 1 { parts.insert("library", at: 0) }
        repository = parts.dropFirst().reduce(into: parts.first ?? "") { $0 += "/\($1)" }
        for part in parts where !Self.isComponent(part) {
            let hint = part.contains(where: \.isUppercase) ? "; a repository's name is lower case" : ""
            throw InvalidName("\"\(part)\" is not a part of a repository's name\(hint)")
        }
        guard repository.utf8.count <= 255 else { throw InvalidName("the repository's name is longer than 255 characters") }
        if tag == nil, digest == nil { tag = "latest" }
    }

    /// With registry and tag or digest.
    public var description: String {
        "\(registry)/\(repository)" + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    /// Registry and repository.
    public var path: String { "\(registry)/\(repository)" }

    /// What a registry knows the manifest by: the digest if there is one.
    public var reference: String { digest?.text ?? tag ?? "latest" }

    /// As users write it: without what docker.io fills in.
    public var familiar: String {
        let prefix = "\(Self.standardRegistry)/library/"
        let name = path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
        return name.hasPrefix("\(Self.standardRegistry)/") ? String(name.dropFirst(Self.standardRegistry.count + 1)) : name
    }

    public var familiarWithTag: String { familiar + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "") }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte)
    }

    /// Letters and digits with `.`, `_`, `__` or dashes between them.
    private static func isComponent(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, isLetterOrDigit(first), isLetterOrDigit(last) else { return false }
        var run: [UInt8] = []
        for byte in bytes {
            if isLetterOrDigit(byte) {
                guard run.isEmpty || run == [46] || run == [95] || run == [95, 95] || run.allSatisfy({ $0 == 45 }) else {
                    return false
                }
                run = []
            } else {
                guard byte == 46 || byte == 95 || byte == 45 else { return false }
                run.append(byte)
            }
        }
        return true
    }

    private static func isTag(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        func isWord(_ byte: UInt8) -> Bool { isLetterOrDigit(byte) || (65...90).contains(byte) || byte == 95 }
        return (1...128).contains(bytes.count) && isWord(bytes[0]) && bytes.allSatisfy { isWord($0) || $0 == 46 || $0 == 45 }
    }

    private static func isRegistry(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if text.hasPrefix("[") { return text.utf8.allSatisfy { isLetterOrDigit($0) || [91, 93, 58, 46].contains($0) } }
        guard parts.count <= 2, parts.count == 1 || UInt16(parts[1]) != nil else { return false }
        return parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            let bytes = Array(label.lowercased().utf8)
            return !bytes.isEmpty && bytes.allSatisfy { isLetterOrDigit($0) || $0 == 45 } && bytes.first != 45 && bytes.last != 45
        }
    }
}

/// Why a text is no image's name.
public struct InvalidName: Error, Sendable, Equatable, CustomStringConvertible {
    public let reason: String
    init(_ reason: String) { self.reason = reason }
    public var description: String { reason }
}
