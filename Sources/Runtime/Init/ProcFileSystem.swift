internal import Linux

/// Files of /proc that the runtime writes with authority are checked to be what they seem: a container could have
/// something else mounted there (CVE-2019-16884).
enum ProcFileSystem {
    /// The caller's /proc, to open files below.
    static func open() throws(RuntimeError) -> Descriptor {
        let directory = try explaining("open /proc") { () throws(SystemError) in try File.open("/proc", [.path, .directory]) }
        try verify(directory, "/proc")
        return directory
    }

    static func verify(_ file: borrowing Descriptor, _ path: String) throws(RuntimeError) {
        let type = try explaining("check \(path)") { () throws(SystemError) in try file.fileSystem() }
        guard type == .proc else { throw RuntimeError("\(path) in the container is not on procfs; refusing to write to it") }
    }
}

extension ProcessPlan {
    /// Writes oom_score_adj of the calling process, where it is asked for. proc_pid_oom_score_adj(5).
    func adjustOOMScore(in proc: borrowing Descriptor) throws(RuntimeError) {
        guard let adjustment = oomScoreAdjustment else { return }
        do throws(SystemError) {
            try proc.open("self/oom_score_adj", .write).write("\(adjustment)")
        } catch {
            throw RuntimeError(
                "cannot set oom_score_adj to \(adjustment): \(error.errno) (\(error.call)); lowering it needs CAP_SYS_RESOURCE")
        }
    }
}
