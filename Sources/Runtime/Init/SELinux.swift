internal import Linux

/// SELinux labels. selinux(8), proc_pid_attr(5).
enum SELinux {
    /// The label the next exec switches to.
    static func setOnExec(_ label: String, _ labels: LabelFile) throws(RuntimeError) {
        try require(label)
        try explaining("set the SELinux label \(label)", hint: "does the policy know it?") { () throws(SystemError) in
            try labels.write(selinux: label)
        }
    }

    /// - Throws: where the kernel runs without SELinux, and would ignore a label.
    static func require(_ label: String) throws(RuntimeError) {
        guard isEnabled else {
            throw RuntimeError("cannot set the SELinux label \(label): this kernel runs without SELinux; leave it out")
        }
    }

    /// Its file system is known only to a kernel that runs it.
    private static var isEnabled: Bool {
        guard let file = try? File.open("/proc/filesystems", .read),
            (try? ProcFileSystem.verify(file, "/proc/filesystems")) != nil,
            let bytes = try? file.readToEnd(limit: 65536)
        else { return false }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").contains { $0.hasSuffix("\tselinuxfs") }
    }
}
