internal import Engine
internal import Flags
internal import Linux

/// Removes a container that was to go when it ended: run by its monitor when the hako that started it is gone.
struct ContainerCleanup: HakoCommand {
    static let name = "container cleanup"
    static let summary = "Remove a --rm container that has ended."
    static let words = "ID"
    static let wordCount = 1...1
    static let isHidden = true
    static let flags: [FlagGroup<Self>] = []

    var globals = GlobalFlags()
    var words: [String] = []

    /// Twice does no harm: what is gone is gone.
    func run() throws -> Int32 {
        let engine = try globals.engine()
        let id = words[0]
        guard let record = try? engine.find(id), record.id == id, record.removes else { return 0 }
        guard try !engine.status(id).isLive else { return 0 }
        let lock = try engine.locations.lock(.shared)
        defer { withExtendedLifetime(lock.raw) {} }
        try ContainerRemoval.discard(id, engine)
        return 0
    }
}
