internal import Images
internal import Linux
internal import Runtime

/// Finds and mends what a crash left half made: `hako system check`.
package struct SystemCheck {
    private let engine: Engine

    package init(_ engine: Engine) { self.engine = engine }

    /// Mends all there is to mend.
    ///
    /// - Returns: one line for each thing, of what was found and done.
    package func run() throws(EngineError) -> [String] {
        // Whoever makes or removes a container now finishes first; nobody begins until this is done.
        let lock = try engine.locations.lock(.exclusive)
        defer { withExtendedLifetime(lock.raw) {} }
        var lines = try engine.store.database.adopt(engine.locations).map {
            "took over container \($0.name), which the database had lost"
        }
        let records = try engine.store.all()
        let known = Set(records.map(\.id))
        let monitored = MonitorProcesses.ids()
        var ours = known
        lines += try states(known, monitored, &ours)
        let removing = Set(
            names(in: engine.locations.containers).filter { $0.hasPrefix(ContainerRemoval.doomedPrefix) }.map {
                String($0.dropFirst(ContainerRemoval.doomedPrefix.count))
            })
        lines += try directories(known, &ours)
        lines += try rows(records, monitored, removing)
        lines += try cgroups(ours)
        lines += try engine.volumes.mend(engine)
        lines += try engine.secrets.mend(engine)
        lines += try engine.networks.mend(engine)
        let left = try engine.sweepNetworks()
        if left > 0 { lines.append("disconnected \(left) containers from networks, whose monitors were killed") }
        lines += try PodCreation.roots(engine.locations).mend(engine)
        do throws(ImagesError) {
            lines += try LayerStore(root: engine.locations.root).collectGarbage().map { "removed the half-unpacked layer \($0)" }
        } catch {
            throw EngineError(error.message)
        }
        return lines
    }

    private func names(in path: String) -> [String] {
        guard let directory = try? File.open(path, [.read, .directory]) else { return [] }
        return ((try? directory.list()) ?? []).sorted()
    }

    /// State directories whose container has ended without its monitor, or that a monitor never finished.
    private func states(
        _ known: Set<String>, _ monitored: Set<String>, _ ours: inout Set<String>
    ) throws(EngineError) -> [String] {
        var lines: [String] = []
        for id in names(in: engine.locations.state) where MonitorProcesses.isID(id) && !monitored.contains(id) {
            if known.contains(id), try engine.status(id).isLive { continue }
            ours.insert(id)
            if ContainerStatus.keepExit(id, in: engine.locations) {
                lines.append("wrote down how container \(id.prefix(12)) ended, now that the disk takes it")
            }
            try ContainerRemoval.clearState(id, engine)
            lines.append("removed the state of container \(id.prefix(12)), which ended without its monitor")
        }
        return lines
    }

    /// Directories that no row knows.
    private func directories(_ known: Set<String>, _ ours: inout Set<String>) throws(EngineError) -> [String] {
        var lines: [String] = []
        let prefix = ContainerRemoval.doomedPrefix
        for name in names(in: engine.locations.containers) where name.hasPrefix(prefix) {
            try ContainerRemoval.removeTree("\(engine.locations.containers)/\(name)", engine)
            lines.append("removed the directory of container \(name.dropFirst(prefix.count).prefix(12)), which was half removed")
        }
        for id in names(in: engine.locations.containers) where MonitorProcesses.isID(id) && !known.contains(id) {
            ours.insert(id)
            try ContainerRemoval.discard(id, engine)
            lines.append("removed the directory of container \(id.prefix(12)), which was never finished or half removed")
        }
        return lines
    }

    /// Rows without a directory that could be started, and containers that were to be removed when they ended.
    ///
    /// - Parameter removing: those somebody began to remove, maybe without their volumes: only a container that never was may take
    ///   some with it.
    private func rows(
        _ records: [ContainerRecord], _ monitored: Set<String>, _ removing: Set<String>
    ) throws(EngineError) -> [String] {
        var lines: [String] = []
        for record in records where !monitored.contains(record.id) {
            if !File.exists(engine.locations.configuration(record.id)) {
                try ContainerRemoval.discard(record.id, engine, volumes: record.removes || !removing.contains(record.id))
                lines.append("removed container \(record.name), which was never finished or half removed")
            } else if try ContainerRemoval.discardEnded(record, engine) {
                lines.append("removed container \(record.name), which was to go when it ended (--rm)")
            }
        }
        return lines
    }

    /// Control groups below `/hako` of containers that do not run. One that is not known to be ours has to be empty and not
    /// new: another hako, with other directories, has its groups there too.
    private func cgroups(_ ours: Set<String>) throws(EngineError) -> [String] {
        let host: CgroupHost
        do throws(RuntimeError) { host = try CgroupHost.detect() } catch { throw EngineError(error) }
        var removed: Set<String> = []
        for hierarchy in host.v1 + (host.v2.map { [$0] } ?? []) {
            let parent = "\(hierarchy.mountPoint)/hako"
            for id in names(in: parent) where MonitorProcesses.isID(id) && !File.exists(engine.locations.state(id)) {
                let group = "\(parent)/\(id)"
                guard let status = try? File.status(group) else { continue }
                guard ours.contains(id) || WallClock.seconds() - status.modified.seconds > 10 else { continue }
                // rmdir(2) refuses a group that holds processes.
                if (try? File.removeDirectory(group)) != nil { removed.insert(id) }
            }
        }
        return removed.sorted().map { "removed the control groups of container \($0.prefix(12)), which is gone" }
    }
}
