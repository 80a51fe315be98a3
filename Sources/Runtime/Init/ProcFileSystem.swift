internal import Linux

/// Files of /proc that the runtime writes with authority are checked to be what they seem: a container could have
/// something else mounted there (CVE-2019-16884).
enum ProcFileSystem {
    static func verify(_ file: borrowing Descriptor, _ path: String) throws(RuntimeError) {
        let type = try explaining("check \(path)") { () throws(SystemError) in try file.fileSystem() }
        guard type == .proc else { throw RuntimeError("\(path) in the container is not on procfs; refusing to write to it") }
    }
}
