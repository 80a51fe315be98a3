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

    /// Takes over what a file says: two keys of TOML, all else is the network edge's. Byte by byte: it is read before a container
    /// whose image is named by the beginning of its id.
    package mutating func add(_ text: String) {
        var section = ""
        var list: [UInt8]?
        for line in Array(text.utf8).split(separator: UInt8(ascii: "\n")) {
            let line = Self.trimmed(line)
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            if let begun = list {
                list = begun + line
            } else if first == UInt8(ascii: "[") {
                section = String(decoding: line, as: UTF8.self)
                continue
            } else if section.isEmpty || section == "[aliases]", let (key, value) = Self.pair(line) {
                if section == "[aliases]" {
                    aliases[Self.unquoted(key)] = Self.unquoted(value)
                } else if key.elementsEqual("unqualified-search-registries".utf8) {
                    list = Array(value)
                }
            }
            guard let whole = list, whole.contains(UInt8(ascii: "]")) else { continue }
            registries = whole.split(separator: Self.quote, omittingEmptySubsequences: false).enumerated().compactMap {
                $0 % 2 == 1 ? String(decoding: $1, as: UTF8.self) : nil
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

    private static let quote = UInt8(ascii: "\"")

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }
        guard let last = line.lastIndex(where: { !isBlank($0) }) else { return [] }
        return line[...last].drop(while: isBlank)
    }

    private static func pair(_ line: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
        guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        return (trimmed(line[..<equals]), trimmed(line[(equals + 1)...]))
    }

    private static func unquoted(_ text: ArraySlice<UInt8>) -> String {
        let inner = text.first == quote ? text.dropFirst().prefix { $0 != quote } : text
        return String(decoding: inner, as: UTF8.self)
    }
}
