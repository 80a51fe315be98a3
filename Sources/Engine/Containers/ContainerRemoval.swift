internal import Images
internal import Linux
internal import Networks
internal import Runtime

/// Takes a container away: its processes if asked, its state, its directory, its row.
package enum ContainerRemoval {
    /// - Parameters:
    ///   - force: ends it first if it runs.
    ///   - volumes: with the volumes that were made for it alone.
    ///   - ofPod: as the infra container of a pod that goes.
    package static func remove(
        _ record: ContainerRecord, _ engine: Engine, force: Bool, volumes: Bool = false, ofPod: Bool = false
    ) throws(EngineError) {
        if !force, !ofPod, let pod = try? Pod(record) {
            throw EngineError(
                "container \(record.name) is what pod \(pod.name) consists of; remove the pod (hako pod rm \(pod.name)), or use "
                    + "--force")
        }
        if !force, let dependent = try engine.dependents(of: record).first {
            throw EngineError(
                "container \(record.name) shares its namespaces with container \(dependent.name); remove that one first, or use "
                    + "--force")
        }
        if try isLive(record, engine, force: force) {
            guard force else {
                throw EngineError("container \(record.name) is running; stop it first (hako stop \(record.name)), or use --force")
            }
            try ContainerSignal(engine, record).end()
        }
        let lock = try engine.locations.lock(.shared)
        defer { withExtendedLifetime(lock.raw) {} }
        try discard(record.id, engine, volumes: volumes || record.removes)
    }

    /// One whose state is damaged is ended through its monitor, which needs no state, where `force` asks for that.
    private static func isLive(_ record: ContainerRecord, _ engine: Engine, force: Bool) throws(EngineError) -> Bool {
        do throws(EngineError) { return try engine.status(record.id).isLive } catch {
            guard force else { throw error }
            ContainerSignal(engine, record).endThroughMonitor()
            return false
        }
    }

    /// Removes what there is of a container that does not run, complete or not. Twice does no harm, nor do two at once: the
    /// directory is renamed first, which only one can do. A crash later leaves a name that `system check` knows.
    ///
    /// - Parameter volumes: with the anonymous volumes that nobody else uses: of a container that was never finished, or goes by
    ///   itself.
    package static func discard(_ id: String, _ engine: Engine, volumes: Bool = true) throws(EngineError) {
        let doomed = "\(engine.locations.containers)/\(doomedPrefix)\(id)"
        let wasThere = try Trace.purpose("take the container's directory away") { () throws(EngineError) -> Bool in
            try clearState(id, engine)
            let bundle = engine.locations.bundle(id)
            do throws(SystemError) { try File.rename(bundle, to: doomed) } catch {
                guard error.errno == .noSuchFileOrDirectory else { throw EngineError("remove \(bundle)", error) }
                return false
            }
            return true
        }
        try Trace.purpose("forget the container") { () throws(EngineError) in
            guard volumes else { return try engine.store.remove(id) }
            for volume in try engine.store.removeWithVolumes(id) { try engine.volumes.remove(volume, engine) }
        }
        try Trace.purpose("remove the container's files") { () throws(EngineError) in try removeTree(doomed, engine) }
        if wasThere { engine.report(Event("container", "destroy", id: id)) }
    }

    /// Removes one that has ended and was to go then, unless somebody starts it again. The mark of that is looked for first: where
    /// it is gone already, the container runs, or has ended once more.
    ///
    /// - Parameter keepsCheckpointed: after a checkpoint, whoever had it written removes the container.
    /// - Returns: whether it was removed.
    @discardableResult
    package static func discardEnded(
        _ record: ContainerRecord, _ engine: Engine, keepsCheckpointed: Bool = false
    ) throws(EngineError) -> Bool {
        guard record.removes, !RestartMark.isSet(record, engine), case .exited(let end) = try engine.status(record.id),
            !(keepsCheckpointed && end?.checkpointed == true)
        else { return false }
        try discard(record.id, engine)
        return true
    }

    /// What is below nearly each container's directory when it ends, overlayfs' own among them. The monitor of one that goes then keeps
    /// them open until it is gone: to free a directory's block ext4 may wait for the device (without a journal, mounted with
    /// `discard`: 0.08 ms each), and does so when nobody has it open any more.
    static let usualDirectories = [
        "rootfs", "diff", "diff/etc", "work", "work/work", "work/work/incompat", "work/work/incompat/volatile",
    ]

    /// What stands before the id in the name of a directory that is being removed.
    package static let doomedPrefix = "removing-"

    /// What a monitor that was killed left: the state directory and the control group.
    package static func clearState(_ id: String, _ engine: Engine) throws(EngineError) {
        guard File.exists(engine.locations.state(id)) else { return }
        UserNetworkProcess.end(engine.locations.state(id))
        try engine.leaveNetworks(id)
        let operations = try engine.operations(id)
        do throws(RuntimeError) { try operations.delete(force: true) } catch { throw EngineError(error) }
    }

    /// A plain user's container may have made files that are not the user's, and directories that it may not enter.
    package static func removeTree(_ path: String, _ engine: Engine) throws(EngineError) {
        do throws(ImagesError) { try TreeRemover.remove(path) } catch {
            guard let command = NamespaceCommand(engine) else { throw EngineError(error.message) }
            _ = try command.output(of: ["container", "erase", path])
        }
    }
}
