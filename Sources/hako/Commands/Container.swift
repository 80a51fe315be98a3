internal import Engine
internal import Flags
internal import JSON
internal import Linux

// Commands that hako's parts give each other.

/// Removes a container that was to go when it ended: run by its monitor when the hako that started it is gone.
struct ContainerCleanup: HakoCommand {
    static let name = "container cleanup"
    static let summary = "Remove a --rm container that has ended."
    static let words = "ID"
    static let wordCount = 1...1
    static let isHidden = true

    var globals = GlobalFlags()
    var words: [String] = []

    /// Twice does no harm: what is gone is gone.
    func run() throws -> Int32 {
        let engine = try globals.engine()
        let id = words[0]
        guard let record = try? engine.find(id), record.id == id else { return 0 }
        let lock = try engine.locations.lock(.shared)
        defer { withExtendedLifetime(lock.raw) {} }
        try ContainerRemoval.discardEnded(record, engine)
        return 0
    }
}

/// Unpacks an archive into a layer, in a plain user's namespace.
struct ContainerUnpack: HakoCommand {
    static let name = "container unpack"
    static let summary = "Unpack an archive; print its layer as JSON."
    static let words = "FILE"
    static let wordCount = 1...1
    static let isHidden = true

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        Report.line(try ArchiveLayer.unpack(words[0], try globals.engine()).json.text())
        return 0
    }
}

/// Deletes a directory tree, in a plain user's namespace.
struct ContainerErase: HakoCommand {
    static let name = "container erase"
    static let summary = "Delete a directory below hako's root."
    static let words = "DIR"
    static let wordCount = 1...1
    static let isHidden = true

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let engine = try globals.engine()
        guard words[0].hasPrefix("\(engine.locations.root)/"), !words[0].split(separator: "/").contains("..") else {
            throw UsageError("\(words[0]) is not below \(engine.locations.root)")
        }
        try ContainerRemoval.removeTree(words[0], engine)
        return 0
    }
}

/// Gives a tree to an owner, in a container's own ids.
struct ContainerOwn: HakoCommand {
    static let name = "container own"
    static let summary = "Give a file or tree to an owner."
    static let words = "UID GID PATH"
    static let wordCount = 3...3
    static let isHidden = true

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        guard let uid = UInt32(words[0]), let gid = UInt32(words[1]) else { throw UsageError("ids are numbers") }
        try OwnerChange.change(words[2], uid, gid)
        return 0
    }
}
