internal import Linux
internal import Runtime

/// Bringing a container back from its checkpoint: by its monitor, which stays with it as after a start.
package struct ContainerRestore {
    package struct Request: Sendable {
        package var tcpEstablished = false
        package var externalUnixSockets = false
        package var fileLocks = false
        /// The checkpoint stays, and can be restored again.
        package var keeps = false

        package init() {}
    }

    private let engine: Engine
    private let record: ContainerRecord
    private let settings: ContainerSettings

    package init(_ engine: Engine, _ record: ContainerRecord) throws(EngineError) {
        self.engine = engine
        self.record = record
        settings = try Engine.settings(record)
    }

    /// - Throws: also where it could not be restored; the checkpoint is still there then.
    package func run(_ request: Request) throws(EngineError) {
        guard try !engine.status(record.id).isLive else {
            throw EngineError("container \(record.name) is running; only one that has ended can be restored")
        }
        let bundle = engine.locations.bundle(record.id)
        let images = CheckpointRecord.directory(bundle)
        let lock = try ContainerCheckpoint.lock(bundle, record)
        defer { withExtendedLifetime(lock.raw) {} }
        guard let checkpoint = CheckpointRecord.read(images) else {
            throw EngineError("there is no checkpoint of container \(record.name); hako checkpoint writes one while it runs")
        }
        var launch = MonitorLaunch(engine, record, settings)
        launch.restore = ["--restore", images]
        if request.tcpEstablished || checkpoint.tcpEstablished { launch.restore.append("--tcp-established") }
        if request.externalUnixSockets || checkpoint.externalUnixSockets { launch.restore.append("--ext-unix-sk") }
        if request.fileLocks || checkpoint.fileLocks { launch.restore.append("--file-locks") }
        var attachment = try launch.restoreAgain()
        try hear(&attachment)
        guard !request.keeps else { return }
        // Under the stage's name it is nobody's: what a crash leaves of it, the next checkpoint takes away.
        let stage = CheckpointRecord.stage(bundle)
        try ContainerRemoval.removeTree(stage, engine)
        try attempt("remove \(images)") { () throws(SystemError) in try File.rename(images, to: stage) }
        try ContainerRemoval.removeTree(stage, engine)
    }

    private func hear(_ attachment: inout Attachment) throws(EngineError) {
        while let message = attachment.next() {
            if case .started = message { return }
            if case .failed(_, let why) = message { throw EngineError(why) }
        }
        throw EngineError("the monitor of container \(record.name) ended without a word; it was killed, or crashed")
    }
}

extension Engine {
    /// Those with a checkpoint that was written to end them.
    package func checkpointed() throws(EngineError) -> [ContainerRecord] {
        var found: [ContainerRecord] = []
        for record in try store.all().reversed() {
            if case .exited(let exit?) = try status(record.id), exit.checkpointed == true { found.append(record) }
        }
        return found
    }

    package func running() throws(EngineError) -> [ContainerRecord] {
        var found: [ContainerRecord] = []
        for record in try store.all().reversed() { if case .running = try status(record.id) { found.append(record) } }
        return found
    }

    /// Whether a container that runs was brought back; when, is its start.
    package func isRestored(_ id: String) -> Bool { (try? operations(id).record().isRestored) ?? false }
}
