package import Linux

/// The runtime's own file on disk, which a container must not get to write.
///
/// A process that enters a container shows the runtime's program at /proc/PID/exe until it executes the command; a process in
/// there that opens it, and writes once nobody executes it any more, owns the host (CVE-2019-5736). So the runtime executes
/// itself once more from a read-only mount of that one file which nobody else has: what was opened through it can never be
/// written. No copy is made. A user namespace protects as well, since the file's owner is nobody in there.
package enum OwnProgram {
    /// Returns at once where the program is on a read-only mount already, or where the caller may not write it anyway.
    package static func protect() throws(RuntimeError) {
        guard let program = try readOnly("/proc/self/exe") else {
            // What is executed by descriptor has a number for a name.
            return Processes.setName("hako-runtime")
        }
        try attempt { () throws(SystemError) in
            try Processes.execute(program.descriptor, arguments: CommandLine.arguments, environment: Environment.all)
        }
    }

    /// A read-only mount of a program that nobody else has; nil where that is not needed: see `protect`.
    package static func readOnly(_ path: String) throws(RuntimeError) -> SharedDescriptor? {
        guard Privilege.isOverHost else { return nil }
        return try attempt { () throws(SystemError) in
            if try File.isOnReadOnlyMount(path) { return nil }
            let program = SharedDescriptor(try Mounts.clone(path))
            try Mounts.change(program.descriptor, set: .readOnly, propagation: .private)
            return program
        }
    }

    private static func attempt<Result>(_ body: () throws(SystemError) -> Result) throws(RuntimeError) -> Result {
        do throws(SystemError) { return try body() } catch {
            throw RuntimeError("cannot protect the runtime's own program: \(error)")
        }
    }
}
