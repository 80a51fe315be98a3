internal import ArgumentParser
internal import Engine
internal import Linux

/// Commands that hako's parts give each other.
struct Container: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Internal commands.", shouldDisplay: false, subcommands: [ContainerCleanup.self])
}

/// Removes a container that was to go when it ended: run by its monitor when the hako that started it is gone.
struct ContainerCleanup: EngineCommand {
    static let configuration = CommandConfiguration(commandName: "cleanup", abstract: "Remove a --rm container that has ended.")

    @OptionGroup var globals: GlobalFlags
    @Argument(help: "A whole id.") var id: String

    /// Twice does no harm: what is gone is gone.
    func execute() throws -> Int32 {
        let engine = try globals.engine()
        guard let record = try? engine.find(id), record.id == id, record.removes else { return 0 }
        guard try !engine.status(id).isLive else { return 0 }
        let lock = try engine.locations.lock(.shared)
        defer { withExtendedLifetime(lock.raw) {} }
        try ContainerRemoval.discard(id, engine)
        return 0
    }
}
