internal import Linux
package import OCI

/// What a name without a registry may mean: an alias, or a repository of the registries to look in.
/// containers-registries.conf(5), unqualified-search-registries and [aliases]; docker's docker.io/library without them.
package struct ShortNames: Sendable, Equatable {
    private var aliases: [String: String] = [:]
    private var registries: [String] = []

    package init() {}

    /// The user's files where there are any, or the machine's; later files win.
    package static func standard() -> ShortNames {
        let home = Environment.value("HOME").map { "\($0)/.config/containers" }
        var names = ShortNames()
        for directory in ["/etc/containers", home].compactMap({ $0 }) {
            names.read("\(directory)/registries.conf")
            let folder = "\(directory)/registries.conf.d"
            let files = (try? File.open(folder, [.read, .directory]).list()) ?? []
            for file in files.sorted() where file.hasSuffix(".conf") { names.read("\(folder)/\(file)") }
        }
        return names
    }

    private mutating func read(_ path: String) {
        if let text = try? File.readText(path, limit: 4 << 20) { add(text) }
    }

    /// Takes over what a file says: two keys of TOML, all else is the network edge's.
    package mutating func add(_ text: String) {
        var section = ""
        var list: String?
        for line in text.split(separator: "\n") {
            let line = line.trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            if let begun = list {
                list = begun + line
            } else if line.hasPrefix("[") {
                section = line
                continue
            } else if let (key, value) = Self.pair(line) {
                if section == "[aliases]" {
                    aliases[Self.unquoted(key)] = Self.unquoted(value)
                } else if section.isEmpty, key == "unqualified-search-registries" {
                    list = value
                }
            }
            guard let whole = list, whole.contains("]") else { continue }
            registries = whole.split(separator: "\"", omittingEmptySubsequences: false).enumerated().compactMap { index, part in
                index % 2 == 1 ? String(part) : nil
            }
            list = nil
        }
    }

    /// What a name may stand for, in the order to try; itself where it says its registry.
    package func candidates(_ name: ImageName) -> [ImageName] {
        guard name.isShort else { return [name] }
        let given = name.familiar
        func at(_ path: String) -> ImageName? {
            guard var found = try? ImageName(path) else { return nil }
            (found.tag, found.digest) = (name.tag, name.digest)
            return found
        }
        if let alias = aliases[given], let found = at(alias) { return [found] }
        let found = registries.compactMap { at("\($0)/\(given)") }
        return found.isEmpty ? [name] : found
    }

    private static func pair(_ line: String) -> (String, String)? {
        guard let equals = line.firstIndex(of: "=") else { return nil }
        return (line[..<equals].trimmed, line[line.index(after: equals)...].trimmed)
    }

    private static func unquoted(_ text: String) -> String {
        let inner = text.drop { $0 != "\"" }.dropFirst()
        return text.hasPrefix("\"") ? String(inner.prefix { $0 != "\"" }) : text
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" || character == "\r" }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
