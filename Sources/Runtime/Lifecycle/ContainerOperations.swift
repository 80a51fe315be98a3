package import JSON
internal import Linux
package import OCI

/// What is done to a container that is there (runtime.md, Operations).
package struct ContainerOperations: Sendable {
    private let directory: StateDirectory

    package init(id: String, root: StateRoot) throws(RuntimeError) { directory = try root.directory(of: id) }

    package func state() throws(RuntimeError) -> ContainerState { try directory.state().oci }
    package func record() throws(RuntimeError) -> RuntimeState { try directory.load() }

    /// Lets a created container's process execute, and hears whether it could.
    package func start() throws(RuntimeError) {
        let (_, oci) = try directory.state()
        guard oci.status == .created else {
            throw RuntimeError("cannot start a container that is \(oci.status.rawValue)")
        }
        let socket = try explaining("start the container") { () throws(SystemError) in
            let socket = try Sockets.connect(to: directory.startSocket, .messages)
            try File.remove(directory.startSocket)
            return socket
        }
        // The init's end closes when the command executes; a failure comes before that.
        while let (message, _) = try InitMessage.receive(on: socket) {
            if case .failed(let kind, let text) = message { throw RuntimeError(text, kind: kind) }
        }
        let runtime = try directory.load()
        do throws(RuntimeError) { try HookRunner.run(runtime.hooks?.poststart ?? [], "poststart", runtime.told(.running)) } catch
        {
            try? signalInit(runtime, Signals.kill)
            throw error
        }
    }

    /// Sends a signal to the init, or to every process of the container.
    package func kill(_ number: Int32, all: Bool = false) throws(RuntimeError) {
        let (runtime, oci) = try directory.state()
        if all, let cgroup = runtime.cgroup {
            try cgroup.kill(number)
            return
        }
        guard oci.status != .stopped else { throw RuntimeError("container not running") }
        try signalInit(runtime, number)
        // A frozen process does not even die.
        if oci.status == .paused, number == Signals.kill { try runtime.cgroup?.thaw() }
    }

    private func signalInit(_ runtime: RuntimeState, _ number: Int32) throws(RuntimeError) {
        do throws(SystemError) {
            let process = try Processes.open(runtime.pid)
            guard Processes.isAlive(runtime.pid, startTime: runtime.startTime) else {
                throw SystemError("kill", "\(runtime.pid)", .noSuchProcess)
            }
            try Processes.signal(process, number)
        } catch {
            if error.errno == .noSuchProcess { throw RuntimeError("container not running") }
            throw RuntimeError("cannot signal the container: \(error)")
        }
    }

    /// Removes a stopped container's control group and state; with `force` it is killed first.
    ///
    /// - Returns: what its hooks complain of.
    @discardableResult
    package func delete(force: Bool) throws(RuntimeError) -> [String] {
        let runtime: RuntimeState
        let status: ContainerState.Status
        do throws(RuntimeError) {
            let found = try directory.state()
            (runtime, status) = (found.runtime, found.oci.status)
        } catch {
            // With force, what a crash left half made goes as well, and what is not there is fine.
            guard force else { throw error }
            try directory.removeHalfMade()
            return []
        }
        if status != .stopped {
            guard force || status == .created else {
                throw RuntimeError("cannot delete a container that is \(status.rawValue); stop it first, or use --force")
            }
            try? runtime.cgroup?.thaw()
            try? signalInit(runtime, Signals.kill)
            try waitForEnd(of: runtime)
        }
        try runtime.cgroup?.remove()
        directory.remove()
        return runtime.runStopHooks()
    }

    private func waitForEnd(of runtime: RuntimeState) throws(RuntimeError) {
        guard let process = try? Processes.open(runtime.pid),
            Processes.isAlive(runtime.pid, startTime: runtime.startTime)
        else { return }
        var poll = Poll()
        poll.watch(process.raw, .readable)
        let ended = try explaining("wait for the container") { () throws(SystemError) in try poll.wait(milliseconds: 10_000) }
        guard ended else { throw RuntimeError("the container's process \(runtime.pid) does not end, 10 s after SIGKILL") }
    }

    /// Changes limits while the container runs. Device rules have to be those it has.
    package func update(_ resources: Resources) throws(RuntimeError) {
        var (runtime, oci) = try directory.state()
        guard oci.status != .stopped else { throw RuntimeError("container not running") }
        var resources = resources
        if resources.devices?.isEmpty == false {
            guard resources.devices == (try Bundle.load(runtime.bundle)).spec.linux?.resources?.devices else {
                throw RuntimeError(
                    "cannot change the device rules of the running container \(runtime.id): they are fixed when it is made")
            }
            // Callers such as containerd send all resources again.
            resources.devices = nil
        }
        var cgroup = try group(of: runtime)
        try cgroup.update(resources)
        runtime.cgroup = cgroup
        try directory.save(runtime)
    }

    /// What its control groups have counted, as `events --stats` prints it.
    package func statistics() throws(RuntimeError) -> JSONValue {
        let (runtime, oci) = try directory.state()
        guard oci.status != .stopped else { throw RuntimeError("container not running") }
        return try group(of: runtime).statistics()
    }

    /// How often the out-of-memory killer has struck; nil once the container has stopped.
    package func outOfMemoryKills() throws(RuntimeError) -> Int? {
        let (runtime, oci) = try directory.state()
        return oci.status == .stopped ? nil : try runtime.cgroup?.oomKills() ?? 0
    }

    package func pause() throws(RuntimeError) {
        let (runtime, oci) = try directory.state()
        guard oci.status == .running || oci.status == .created else {
            throw RuntimeError("cannot pause a container that is \(oci.status.rawValue)")
        }
        try group(of: runtime).freeze()
    }

    package func resume() throws(RuntimeError) {
        let (runtime, oci) = try directory.state()
        guard oci.status == .paused else { throw RuntimeError("cannot resume a container that is \(oci.status.rawValue)") }
        try group(of: runtime).thaw()
    }

    /// The host's process ids of all its processes.
    package func processes() throws(RuntimeError) -> [Int32] {
        let (runtime, oci) = try directory.state()
        return oci.status == .stopped ? [] : try group(of: runtime).processes()
    }

    private func group(of runtime: RuntimeState) throws(RuntimeError) -> Cgroup {
        guard let cgroup = runtime.cgroup else {
            throw RuntimeError("container \(runtime.id) has no control group of its own")
        }
        return cgroup
    }
}
