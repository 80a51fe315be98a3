internal import JSON
internal import Linux
internal import OCI

/// Writing a container's processes to disk.
package enum Checkpoint {
    package struct Request: Sendable {
        package var criu = CriuOptions()
        package var leavesRunning = false
        /// Only the memory, while it runs: what follows is faster then.
        package var isPreDump = false
        /// The images of an earlier pre-dump, from `criu.images`.
        package var parent: String?
        /// Where the memory goes; where it is fetched from, with `criu.lazyPages`.
        package var pageServer: PageServer?
        /// Written to when the memory can be fetched.
        package var statusDescriptor: CInt?
        /// What the images' directory is called once all is written and on disk. The rest is left to the container's monitor.
        package var commitsTo: String?

        package init() {}
    }

    package struct PageServer: Sendable {
        let address: String
        let port: UInt16

        package init(address: String, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    /// Which pipes the first three descriptors are, for whoever restores the container.
    static let descriptorsFile = "descriptors.json"

    /// What the network namespace of a container is called that was given it by path.
    static let networkKey = "network"

    /// - Throws: what CRIU cannot write. The container goes on then.
    package static func write(_ request: Request, id: String, root: StateRoot) throws(RuntimeError) {
        guard Privilege.isOverHost else { throw RuntimeError("only root may write a checkpoint") }
        let (runtime, oci) = try root.directory(of: id).state()
        guard oci.status == .running || oci.status == .paused else {
            throw RuntimeError("cannot write a checkpoint of a container that is \(oci.status.rawValue)")
        }
        guard !runtime.terminal else {
            throw RuntimeError("cannot write a checkpoint of a container with a terminal: it could not be restored")
        }
        if let raw = request.statusDescriptor {
            try Descriptor.lending(raw) { (status) throws(RuntimeError) in
                _ = try explaining("write to descriptor \(raw)") { () throws(SystemError) in try status.status() }
            }
        }
        let spec = try SharedNamespaces.resolve(try Bundle.load(runtime.bundle), of: runtime.pid).spec
        let program = try Criu.find()
        try explaining("make \(request.criu.images)") { () throws(SystemError) in
            try File.makeDirectories(request.criu.images, mode: 0o700)
            if let work = request.criu.work { try File.makeDirectories(work, mode: 0o700) }
        }
        if !request.isPreDump {
            try saveDescriptors(of: runtime.pid, in: request.criu.images)
            try describe(request, runtime)
        }
        let external = try externalArguments(spec, runtime)
        let kind = try kindArguments(request)
        let log = request.isPreDump ? "pre-dump.log" : "dump.log"
        let arguments =
            [program, request.isPreDump ? "pre-dump" : "dump", "--tree", "\(runtime.pid)"] + kind + external
        var criu = HelperProgram(
            path: program, arguments: arguments + ["--enable-external-masters"] + request.criu.arguments(log: log))
        criu.handed = request.statusDescriptor
        if let target = request.commitsTo {
            criu.environment += ["\(stageVariable)=\(request.criu.images)", "\(targetVariable)=\(target)"]
        }
        let result = try criu.run()
        guard result.code == 0 else {
            throw RuntimeError("cannot write a checkpoint of \(id): \(Criu.reason(in: request.criu.log(log)))")
        }
        // As with runc: what is on disk is all that is left of it.
        if !request.leavesRunning, !request.isPreDump, request.commitsTo == nil {
            _ = try ContainerOperations(id: id, root: root).delete(force: true)
        }
    }

    private static func kindArguments(_ request: Request) throws(RuntimeError) -> [String] {
        var arguments: [String] = []
        if request.leavesRunning { arguments.append("--leave-running") }
        if request.isPreDump { arguments.append("--track-mem") }
        if let parent = request.parent { arguments += ["--track-mem", "--prev-images-dir", parent] }
        if let server = request.pageServer {
            // One that fetches lazily comes to this criu; otherwise this one goes to a server.
            if !request.criu.lazyPages { arguments.append("--page-server") }
            arguments += ["--address", server.address, "--port", "\(server.port)"]
        }
        if request.commitsTo != nil {
            let own = try explaining("find hako-runtime itself") { () throws(SystemError) in try File.readLink("/proc/self/exe") }
            arguments += ["--action-script", own]
        }
        if request.statusDescriptor != nil { arguments += ["--status-fd", "3"] }
        return arguments
    }

    /// What belongs to the host and is only named in the images: mounts, and a network namespace that was given.
    private static func externalArguments(_ spec: Spec, _ runtime: RuntimeState) throws(RuntimeError) -> [String] {
        var arguments: [String] = []
        let bound = Set((spec.mounts ?? []).filter(\.isBind).map(\.destination))
        for mount in try MountInfo.all(of: runtime.pid) where mount.isLent(bound) {
            arguments += ["--external", "mnt[\(mount.destination)]:\(mount.destination)"]
        }
        for namespace in spec.linux?.namespaces ?? [] where namespace.path?.isEmpty == false {
            guard namespace.type == .network else {
                throw RuntimeError(
                    "cannot write a checkpoint: the container shares the \(namespace.type.rawValue) namespace of others")
            }
            let number = try explaining("look at the network namespace") { () throws(SystemError) in
                try File.status("/proc/\(runtime.pid)/ns/net").inode
            }
            arguments += ["--external", "net[\(number)]:\(networkKey)"]
        }
        return arguments
    }

    private static func saveDescriptors(of pid: Int32, in directory: String) throws(RuntimeError) {
        var names: [JSONValue] = []
        for number in 0...2 { names.append(.string((try? File.readLink("/proc/\(pid)/fd/\(number)")) ?? "")) }
        let text = JSONValue.array(names).text()
        try explaining("write \(descriptorsFile)") { () throws(SystemError) in
            try File.replace("\(directory)/\(descriptorsFile)", with: Array(text.utf8), mode: 0o600)
        }
    }
}

extension MountInfo {
    /// Whether the mount shows something of the host's: a bind mount, a control group, or the null device over a masked file.
    fileprivate func isLent(_ bound: Set<String>) -> Bool {
        if destination == "/" || type == "proc" || type == "sysfs" || type == "devpts" { return false }
        return type == "cgroup" || type == "cgroup2" || root != "/" || bound.contains(destination)
    }
}
