internal import JSON
internal import Linux
internal import OCI
package import Runtime

/// Changing what a container is held to while it is there: its limits, and whether it starts again.
package struct ContainerUpdate {
    private let engine: Engine
    private let record: ContainerRecord
    private var bundle: String { engine.locations.bundle(record.id) }

    package init(_ engine: Engine, _ record: ContainerRecord) {
        self.engine = engine
        self.record = record
    }

    /// Tells the container's monitor, which reads it when the container ends.
    func write(_ settings: ContainerSettings) throws(EngineError) {
        let path = MonitorPolicy.path(bundle)
        guard let policy = settings.policy else {
            if File.exists(path) { try attempt("remove \(path)") { () throws(SystemError) in try File.remove(path) } }
            return
        }
        try attempt("write \(path)") { () throws(SystemError) in
            try File.replace(path, with: policy.json.bytes(), mode: 0o600, durable: false)
        }
    }

    package func setRestart(_ policy: RestartPolicy) throws(EngineError) {
        guard !record.removes || policy.kind == .no else {
            throw EngineError("container \(record.name) goes when it ends (--rm): it cannot start again")
        }
        let record = try engine.store.find(record.id)
        var settings = try Engine.settings(record)
        settings.restart = policy
        try engine.setSettings(record, settings)
        try write(settings)
    }

    /// Sets limits, at once if it runs, and for its next start.
    ///
    /// - Parameter options: only their limits count.
    package func setLimits(_ options: RunOptions) throws(EngineError) {
        try options.resources.check()
        var context = SpecContext(id: record.id, bundle: bundle, root: .layers([]))
        context.rootless = true
        context.blockDevices = try HostFacts(options: options).blockDevices()
        context.hasSwap = options.resources.memory == nil ? false : HostFacts.hasSwap
        guard let changes = try SpecBuilder(options, context, defaultCapabilities: []).resources() else { return }
        var spec = try engine.spec(of: record)
        if try engine.status(record.id).isLive {
            let container = try engine.operations(record.id)
            do throws(RuntimeError) { try container.update(changes) } catch { throw EngineError(error) }
        }
        var linux = spec.linux ?? LinuxSpec()
        linux.resources = Self.merged(linux.resources ?? Resources(), changes)
        spec.linux = linux
        try engine.setSpec(spec, of: record)
        if let memory = options.resources.memory {
            let record = try engine.store.find(record.id)
            var settings = try Engine.settings(record)
            settings.memory = memory
            try engine.setSettings(record, settings)
        }
    }

    /// What is said in `changes` wins, field by field.
    private static func merged(_ old: Resources, _ changes: Resources) -> Resources {
        guard case .object(var before) = old.json, case .object(let after) = changes.json else { return changes }
        before.merge(after)
        return (try? Resources(json: .object(before))) ?? changes
    }
}
