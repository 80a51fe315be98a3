internal import JSON
package import Linux
internal import OCI
internal import Runtime

/// Copies files between this machine and containers, or between two containers: `hako cp`.
///
/// What touches a container's files is a process apart, which enters the container's namespaces, or mounts what a stopped one
/// has, and speaks tar on its standard streams. What is not the container's it never sees.
package struct FileCopy {
    package struct Options: Sendable, Equatable {
        package var keepsOwners = false
        package var followsLink = false
        package var overwritesKinds = false

        package init() {}
    }

    private let engine: Engine
    private let options: Options

    package init(_ engine: Engine, _ options: Options) {
        self.engine = engine
        self.options = options
    }

    /// - Returns: one line for each thing that was left out.
    package func run(from source: CopyEnd, to target: CopyEnd) throws(EngineError) -> [String] {
        Signals.ignorePipe()
        switch (source, target) {
        case (.host(let path), .container(let name, let inside)):
            try send(path, to: Helper(engine, try engine.find(name), receiving(inside)))
        case (.container(let name, let inside), .host(let path)):
            return try receive(from: Helper(engine, try engine.find(name), sending(inside)), into: path)
        case (.container(let one, let from), .container(let other, let to)):
            try join(
                Helper(engine, try engine.find(one), sending(from)), Helper(engine, try engine.find(other), receiving(to)))
        case (.stream, .container(let name, let inside)):
            try Helper(engine, try engine.find(name), receiving(inside, extracts: true)).start(input: 0, output: 1).end()
        case (.container(let name, let inside), .stream):
            try Helper(engine, try engine.find(name), sending(inside)).start(input: 0, output: 1).end()
        case (.host, .host): throw EngineError("one of the two is CONTAINER:PATH; hako cp copies to and from containers")
        case (.stream, _), (_, .stream): throw EngineError("- stands for a tar, and the other end is then CONTAINER:PATH")
        }
        return []
    }

    private func sending(_ path: String) -> [String] {
        ["container", "send"] + (options.followsLink ? ["--follow"] : []) + [path]
    }
    private func receiving(_ path: String, extracts: Bool = false) -> [String] {
        ["container", "receive"] + (options.keepsOwners ? ["--archive"] : [])
            + (options.overwritesKinds ? ["--overwrite"] : []) + (extracts ? ["--extract"] : []) + [path]
    }

    private func send(_ path: String, to helper: Helper) throws(EngineError) {
        let root = try Self.hostRoot()
        let source = try CopySource(try Self.absolute(path), in: root, followsLink: options.followsLink)
        let pipe = try Self.pipe()
        let running: Helper.Running
        do {
            let input = Descriptor(owning: pipe.read)
            running = try helper.start(input: input.raw, output: 1)
        }
        var isHeard = true
        do throws(EngineError) {
            let output = Descriptor(owning: pipe.write)
            isHeard = try source.write(to: output)
        } catch {
            running.abandon()
            throw error
        }
        try running.end()
        guard isHeard else { throw EngineError("the copy was cut short") }
    }

    private func receive(from helper: Helper, into path: String) throws(EngineError) -> [String] {
        var keeping = CopyTarget.Options()
        keeping.keepsOwners = options.keepsOwners
        keeping.overwritesKinds = options.overwritesKinds
        keeping.distrusts = !options.keepsOwners
        let target = try CopyTarget(try Self.absolute(path), in: try Self.hostRoot(), keeping)
        let pipe = try Self.pipe()
        let archive = Descriptor(owning: pipe.read)
        let running: Helper.Running
        do {
            let output = Descriptor(owning: pipe.write)
            running = try helper.start(input: 0, output: output.raw)
        }
        do throws(EngineError) {
            let warnings = try target.receive(archive)
            try running.end()
            return warnings
        } catch {
            // Where the sender failed, that is why too little came.
            if let complaint = running.complaint(), !complaint.message.isEmpty { throw complaint }
            throw error
        }
    }

    private func join(_ sender: Helper, _ receiver: Helper) throws(EngineError) {
        let pipe = try Self.pipe()
        let (from, to): (Helper.Running, Helper.Running)
        do {
            let read = Descriptor(owning: pipe.read)
            let write = Descriptor(owning: pipe.write)
            from = try sender.start(input: 0, output: write.raw)
            to = try receiver.start(input: read.raw, output: 1)
        }
        let (first, second) = (from.complaint(), to.complaint())
        // A sender that only was not heard has nothing to say.
        if let error = (first?.message.isEmpty == false ? first : nil) ?? second ?? first { throw error }
    }

    private static func pipe() throws(EngineError) -> (read: CInt, write: CInt) {
        try attempt("make a pipe") { () throws(SystemError) in try Pipes.make() }
    }

    private static func hostRoot() throws(EngineError) -> Descriptor {
        try attempt("open /") { () throws(SystemError) in try File.open("/", [.path, .directory]) }
    }

    private static func absolute(_ path: String) throws(EngineError) -> String {
        if path.hasPrefix("/") { return path }
        let directory = try attempt("find the working directory") { () throws(SystemError) in try Processes.workingDirectory() }
        return "\(directory)/\(path)"
    }
}

extension FileCopy {
    /// The process that touches a container's files.
    struct Helper {
        private let engine: Engine
        private let record: ContainerRecord
        private let words: [String]

        init(_ engine: Engine, _ record: ContainerRecord, _ words: [String]) {
            self.engine = engine
            self.record = record
            self.words = words
        }

        /// - Parameters:
        ///   - input: what its standard input is.
        ///   - output: what its standard output is.
        func start(input: CInt, output: CInt) throws(EngineError) -> Running {
            let isLive = try engine.status(record.id).pid != nil
            let pipe = try FileCopy.pipe()
            let errors = SharedDescriptor(owning: pipe.read)
            let write = Descriptor(owning: pipe.write)
            let descriptors: [CInt: CInt] = [0: input, 1: output, 2: write.raw]
            let given = Array(words.dropLast()) + (isLive ? [] : ["--stopped"]) + ["--", record.id] + words.suffix(1)
            let maps = isLive ? nil : try engine.spec(of: record).identityMaps
            if let maps, let command = NamespaceCommand(ofUser: engine, maps: maps) {
                return Running(pid: try command.start(given, descriptors), errors: errors)
            }
            let pid = try attempt("start hako") { () throws(SystemError) in
                let own = try File.readLink("/proc/self/exe")
                let locations = ["--root", engine.locations.root, "--state", engine.locations.state]
                return try Spawn(path: own, arguments: [own] + locations + given, descriptors: descriptors).start()
            }
            return Running(pid: pid, errors: errors)
        }

        /// One that was started; it has to be ended by one of the three.
        final class Running {
            private let pid: Int32
            private let errors: SharedDescriptor
            private var outcome: EngineError??

            fileprivate init(pid: Int32, errors: SharedDescriptor) {
                self.pid = pid
                self.errors = errors
            }

            /// Waits for its end.
            func end() throws(EngineError) {
                if let error = complaint() { throw error }
            }

            /// Waits for its end: what it complained of, nil where all went well.
            func complaint() -> EngineError? {
                if let outcome { return outcome }
                let said = String(decoding: (try? errors.descriptor.readToEnd(limit: 64 << 10)) ?? [], as: UTF8.self)
                let code = (try? Processes.wait(for: pid)) ?? 125
                guard code != 0 else {
                    if !said.isEmpty { try? StandardStreams.writeError(said) }
                    outcome = .some(nil)
                    return nil
                }
                let error = EngineError(complaint: said, exitCode: code)
                outcome = error
                return error
            }

            /// It will fail for want of the rest; that is no news.
            func abandon() { _ = complaint() }
        }
    }
}

extension Engine {
    /// A container's root for this process alone, which has one thread: of one that runs as it sees it, of another as it is on the
    /// disk.
    ///
    /// - Parameter writes: of a stopped one, whether what is written there lasts.
    package func view(of record: ContainerRecord, isStopped: Bool, writes: Bool) throws(EngineError) -> Descriptor {
        let spec = isStopped ? try spec(of: record) : Spec()
        do throws(RuntimeError) {
            guard isStopped else { return try ContainerView.enter(record.id, root: runtime) }
            return try ContainerView.assemble(spec, bundle: locations.bundle(record.id), writes: writes)
        } catch {
            throw EngineError(error.message)
        }
    }
}
