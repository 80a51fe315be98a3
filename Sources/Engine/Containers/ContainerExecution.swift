internal import JSON
internal import Linux
internal import OCI
internal import Runtime

/// What `exec` asks for, as values.
package struct ExecutionRequest: Sendable, Equatable {
    package var command: [String]
    package var terminal = false
    /// Standard input goes to the command.
    package var interactive = false
    package var detach = false
    package var privileged = false
    package var user: UserRequest?
    /// `KEY=value`.
    package var environment: [String] = []
    package var workingDirectory: String?
    package var preservedDescriptors = 0

    package init(command: [String]) { self.command = command }
}

/// Another process in a container that runs. The runtime makes it, with this process's own streams.
package struct ContainerExecution {
    private let engine: Engine
    private let record: ContainerRecord
    private let request: ExecutionRequest

    package init(_ engine: Engine, _ record: ContainerRecord, _ request: ExecutionRequest) {
        self.engine = engine
        self.record = record
        self.request = request
    }

    /// - Returns: the command's exit code; zero once a detached one runs.
    package func run() throws(EngineError) -> Int32 {
        let pid = try running()
        let process = try Trace.purpose("describe the process") { () throws(EngineError) in try describe(pid) }
        // Signals of the terminal reach the runtime too, which passes them on; those for hako alone go through here.
        let signals = try attempt("take signals") { () throws(SystemError) in
            try Signals.descriptor(for: [Signals.interrupt, Signals.quit, Signals.terminate, Signals.hangUp])
        }
        let child = try Trace.purpose("start the runtime") { () throws(EngineError) in try start(process) }
        return try attempt("wait for hako-runtime") { () throws(SystemError) in
            let runtime = try Processes.open(child)
            while true {
                var poll = Poll()
                let ended = poll.watch(runtime.raw, .readable)
                poll.watch(signals.raw, .readable)
                _ = try poll.wait()
                while let number = Signals.next(from: signals) {
                    if number == Signals.terminate || number == Signals.hangUp { try? Processes.signal(runtime, number) }
                }
                if !poll[ended].isEmpty { return try Processes.wait(for: child) }
            }
        }
    }

    private func running() throws(EngineError) -> Int32 {
        switch try engine.status(record.id) {
        case .running(let pid, _): return pid
        case .paused: throw EngineError("container \(record.name) is paused; hako unpause \(record.name) lets it go on")
        default: throw EngineError("container \(record.name) is not running; hako start \(record.name) starts it")
        }
    }

    // MARK: The process

    /// The container's own process, with what was asked for.
    private func describe(_ pid: Int32) throws(EngineError) -> OCI.Process {
        guard var process = try engine.spec(of: record).process else {
            throw EngineError("the configuration of container \(record.name) has no process")
        }
        let own = process.user ?? User()
        let home = try resolveUser(&process, pid)
        process.args = request.command
        process.terminal = request.terminal ? true : nil
        process.consoleSize = nil
        if let directory = request.workingDirectory {
            guard directory.hasPrefix("/") else {
                throw EngineError.value("--workdir", directory, "the directory is an absolute path in the container")
            }
            process.cwd = directory
        }
        var changes = request.environment
        if request.terminal, !(process.env ?? []).contains(where: { $0.hasPrefix("TERM=") }) {
            changes.insert("TERM=xterm", at: 0)
        }
        if let home { changes.insert("HOME=\(home)", at: 0) }
        process.env = EnvironmentFlag.merge(process.env ?? [], changes)
        process.capabilities = capabilities(process, before: own.uid)
        return process
    }

    /// Looks `--user` up in the container's own files, as its processes see them.
    ///
    /// - Returns: the user's home, where it has to be another than the container's.
    private func resolveUser(_ process: inout OCI.Process, _ pid: Int32) throws(EngineError) -> String? {
        guard let user = request.user else { return nil }
        let files = RootFiles(["/proc/\(pid)/root"])
        let lookup = UserLookup(passwd: files.text("etc/passwd") ?? "", group: files.text("etc/group") ?? "")
        let resolved = try lookup.resolve(user, extraGroups: [])
        let before = process.user ?? User()
        let usual = try lookup.resolve(UserRequest(user: .id(before.uid)), extraGroups: []).home
        process.user = User(
            uid: resolved.uid, gid: resolved.gid, umask: before.umask,
            additionalGids: resolved.additionalGroups.isEmpty ? nil : resolved.additionalGroups)
        // One that the user or the image chose stays.
        return (process.env ?? []).contains("HOME=\(usual)") ? resolved.home : nil
    }

    /// Root has what the container may have; another user only what was given to the container's own user by name.
    private func capabilities(_ process: OCI.Process, before: UInt32) -> Capabilities? {
        if request.privileged {
            var sets = Capabilities()
            sets.bounding = CapabilityFlag.all
            sets.effective = sets.bounding
            sets.permitted = sets.bounding
            return sets
        }
        guard let own = process.capabilities, let uid = process.user?.uid, uid != before else { return process.capabilities }
        var sets = Capabilities()
        sets.bounding = own.bounding
        if uid == 0 {
            sets.effective = own.bounding
            sets.permitted = own.bounding
        }
        return sets
    }

    // MARK: The runtime

    private func start(_ process: OCI.Process) throws(EngineError) -> Int32 {
        let program = try MonitorLaunch.runtimeProgram()
        // So protected, the runtime need not execute itself once more.
        let sealed: SharedDescriptor?
        do throws(RuntimeError) { sealed = try OwnProgram.readOnly(program) } catch { throw EngineError(error) }
        return try attempt("start \(program)") { () throws(SystemError) in
            let document = try File.inMemory("process.json", holding: process.json.bytes())
            let null = try File.open("/dev/null", .readWrite)
            // The runtime keeps what it hands on at 3 and after; its own comes behind.
            let next = CInt(3 + request.preservedDescriptors)
            var descriptors: [CInt: CInt] = [next: document.raw]
            for stream: CInt in 0...2 { descriptors[stream] = request.detach ? null.raw : stream }
            if !request.interactive { descriptors[0] = null.raw }
            for kept in 3..<next { descriptors[kept] = kept }
            // Of what stops a detached command the caller still hears.
            if request.detach { descriptors[2] = 2 }
            var environment: [String]?
            if let trace = Trace.handoverAsDescriptor(next + 1) {
                descriptors[next + 1] = trace.sink
                environment = Environment.all.filter { !$0.hasPrefix("HAKO_TRACE=") } + ["HAKO_TRACE=\(trace.text)"]
            }
            defer { withExtendedLifetime(sealed) {} }
            let path = sealed.map { "/proc/\(Processes.id)/fd/\($0.descriptor.raw)" } ?? program
            return try Spawn(
                path: path, arguments: [program] + words(next), environment: environment, descriptors: descriptors
            ).start()
        }
    }

    private func words(_ document: CInt) -> [String] {
        var words = ["--root", engine.locations.state, "--called", "hako", "exec", "--process", "/proc/self/fd/\(document)"]
        if request.detach { words.append("--detach") }
        if request.privileged { words.append("--no-seccomp") }
        if request.preservedDescriptors > 0 { words += ["--preserve-fds", "\(request.preservedDescriptors)"] }
        return words + [record.id]
    }
}
