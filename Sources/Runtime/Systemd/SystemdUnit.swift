/// The unit that a container's control group belongs to: `linux.cgroupsPath` in its systemd form, `slice:prefix:name`.
///
/// config-linux.md leaves the form to the runtime; runc's and crun's is meant.
struct SystemdUnit: Equatable {
    /// `machine.slice`; "-.slice" is the root.
    let slice: String
    /// `libpod-4f2c.scope`, or a slice where the name says so.
    let name: String

    /// - Parameters:
    ///   - cgroupsPath: nil or empty for a unit after the id.
    ///   - isUser: of a session's systemd, whose top slice is another.
    init(cgroupsPath: String?, id: String, isUser: Bool) throws(RuntimeError) {
        let text = cgroupsPath.flatMap { $0.isEmpty ? nil : $0 } ?? ":hako:\(id)"
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else {
            throw RuntimeError("the control group path \(text) is not of the systemd form (slice:prefix:name)")
        }
        slice = parts[0].isEmpty ? (isUser ? "user.slice" : "system.slice") : parts[0]
        guard Self.path(of: slice) != nil else {
            throw RuntimeError("\"\(slice)\", of the control group path \(text), is not a slice; a name such as machine.slice is")
        }
        let (prefix, last) = (parts[1], parts[2])
        name = last.hasSuffix(".slice") ? last : (prefix.isEmpty ? "" : prefix + "-") + last + ".scope"
        guard !last.isEmpty, name.utf8.count < 256, name.utf8.allSatisfy(Self.isAllowed) else {
            throw RuntimeError("\"\(name)\", of the control group path \(text), is not a name of a unit")
        }
    }

    var isSlice: Bool { name.hasSuffix(".slice") }

    /// Letters, digits and `:-_.\@`. systemd.unit(5).
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: ":-_.\\@".utf8.contains(byte)
        }
    }

    /// Where a slice's group is: `/a.slice/a-b.slice` of `a-b.slice`; nil for what is not a slice's name. systemd.slice(5).
    static func path(of slice: String) -> String? {
        guard slice.hasSuffix(".slice"), slice.utf8.count < 256, slice.utf8.allSatisfy(isAllowed) else { return nil }
        let stem = slice.dropLast(6)
        if stem == "-" { return "" }
        let parts = stem.split(separator: "-", omittingEmptySubsequences: false)
        guard !parts.contains(where: \.isEmpty) else { return nil }
        return parts.indices.reduce("") { $0 + "/" + parts[...$1].joined(separator: "-") + ".slice" }
    }
}
