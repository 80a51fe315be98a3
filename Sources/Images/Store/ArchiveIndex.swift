internal import Linux

/// Which layer came of which archive file, so that an unchanged file is neither read nor hashed again.
///
/// Lines of `file identity, options, diff id, chain id`, newest last. It is a cache: losing it costs one unpacking.
struct ArchiveIndex: Equatable {
    struct Line: Equatable {
        /// What the file was when it was read, and how it was unpacked.
        let key: String
        let diffID: String
        let chainID: String
    }

    static let mostLines = 4096
    var lines: [Line] = []

    /// Lines that are not whole are dropped.
    init(parsing text: String) {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count == 3, ChainID.isValid(fields[1]), ChainID.isValid(fields[2]) else { continue }
            lines.append(Line(key: fields[0], diffID: fields[1], chainID: fields[2]))
        }
    }

    func find(_ key: String) -> Line? { lines.last { $0.key == key } }

    mutating func add(_ line: Line) {
        lines.removeAll { $0.key == line.key }
        lines.append(line)
        if lines.count > Self.mostLines { lines.removeFirst(lines.count - Self.mostLines) }
    }

    var text: String { lines.map { "\($0.key) \($0.diffID) \($0.chainID)\n" }.joined() }

    /// Device, inode, size, both times; the options that change what comes of an archive; and what lies below.
    static func key(_ file: FileIdentity, _ options: UnpackOptions, parent: String?) -> String {
        "\(file.text):\(options.tree.rawValue)\(options.ignoreOwners ? ":anyowner" : "")" + (parent.map { ":\($0)" } ?? "")
    }
}
