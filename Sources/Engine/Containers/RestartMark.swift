internal import Linux

/// A container that is to go when it ends (`--rm`) stays while somebody stops it to start it again: the file `restarting` of its bundle
/// says who.
enum RestartMark {
    fileprivate static func file(_ record: ContainerRecord, _ engine: Engine) -> ProcessFile {
        ProcessFile("\(engine.locations.bundle(record.id))/restarting")
    }

    static func isSet(_ record: ContainerRecord, _ engine: Engine) -> Bool { file(record, engine).alive != nil }
}

extension Engine {
    /// Stops and starts a container, which does not go in between; where it cannot be started again, it does.
    package func restarting<Result>(
        _ record: ContainerRecord, _ body: () throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        guard record.removes else { return try body() }
        let file = RestartMark.file(record, self)
        try attempt("write \(file.path)") { () throws(SystemError) in try file.write(Processes.id) }
        defer { try? File.remove(file.path) }
        do throws(EngineError) { return try body() } catch {
            if (try? status(record.id).isLive) == false { try? ContainerRemoval.discard(record.id, self) }
            throw error
        }
    }
}
