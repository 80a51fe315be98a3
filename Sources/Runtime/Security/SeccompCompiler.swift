internal import CSeccomp
internal import Linux
internal import OCI

/// Turns a profile into classic BPF with libseccomp, whose filter it owns.
@safe
struct SeccompCompiler: ~Copyable {
    private let context: scmp_filter_ctx

    init(_ profile: Seccomp) throws(RuntimeError) { unsafe context = try Self.filter(of: profile) }

    private static func filter(of profile: Seccomp) throws(RuntimeError) -> scmp_filter_ctx {
        let defaultAction = try SeccompProfile.action(
            profile.defaultAction, value: profile.defaultErrnoRet, field: "defaultAction")
        guard let context = unsafe seccomp_init(defaultAction) else {
            throw RuntimeError("cannot compile the seccomp profile: libseccomp refuses \(profile.defaultAction) as the default")
        }
        do throws(RuntimeError) {
            // The machine's own is there from the start.
            for name in profile.architectures ?? [] {
                let result = unsafe seccomp_arch_add(context, try SeccompProfile.architecture(name))
                if result != -EEXIST { try check(result, "add the architecture \(name)") }
            }
            // A binary tree over the numbers: the kernel runs the program for every number when it is installed.
            try check(unsafe seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "ask for a tree")
            for rule in profile.syscalls ?? [] { unsafe try add(rule, to: context, defaultAction) }
        } catch {
            unsafe seccomp_release(context)
            throw error
        }
        return unsafe context
    }

    deinit { unsafe seccomp_release(context) }

    private static func add(_ rule: SeccompRule, to context: scmp_filter_ctx, _ defaultAction: UInt32) throws(RuntimeError) {
        let field = "the action for \(rule.names.first ?? "no system call")"
        let action = try SeccompProfile.action(rule.action, value: rule.errnoRet, field: field)
        var comparisons: [scmp_arg_cmp] = []
        for argument in rule.args ?? [] { comparisons.append(try SeccompProfile.comparison(argument)) }
        // libseccomp refuses a rule that says what the default does.
        if action == defaultAction { return }
        // It knows only one comparison an argument; several of the same one are alternatives, as runc has it.
        let repeats = Set(comparisons.map(\.arg)).count < comparisons.count
        let alternatives = repeats ? comparisons.map { [$0] } : [comparisons]
        for name in rule.names {
            let number = unsafe seccomp_syscall_resolve_name(name)
            // A name of a later kernel, or of none: nothing to allow.
            if number == -1 { continue }
            for alternative in alternatives {
                let result = unsafe seccomp_rule_add_array(context, action, number, UInt32(alternative.count), alternative)
                try check(result, "add a rule for \(name)")
            }
        }
    }

    /// The program, 8 bytes an instruction.
    borrowing func program() throws(RuntimeError) -> [UInt8] {
        let bytes = try export(to: try Self.openPipe())
        guard bytes.count <= SystemCallFilter.mostInstructions * 8 else {
            throw RuntimeError("cannot compile the seccomp profile: \(Self.tooLong)")
        }
        return bytes
    }

    /// Its ends never wait for one another, being the same process's: what does not fit is an error.
    private static func openPipe() throws(RuntimeError) -> (read: CInt, write: CInt) {
        try explaining("make a pipe for the seccomp filter") { () throws(SystemError) in try Pipes.make() }
    }

    private borrowing func export(to ends: (read: CInt, write: CInt)) throws(RuntimeError) -> [UInt8] {
        let input = Descriptor(owning: ends.read)
        let output = Descriptor(owning: ends.write)
        try explaining("make a pipe for the seccomp filter") { () throws(SystemError) in
            try input.setNonBlocking()
            try output.setNonBlocking()
        }
        let result = unsafe seccomp_export_bpf(context, output.raw)
        guard result != -Self.EAGAIN else { throw RuntimeError("cannot compile the seccomp profile: \(Self.tooLong)") }
        try Self.check(result, "write the program")
        return try explaining("read the seccomp filter") { () throws(SystemError) in try input.read(upTo: 65536) }
    }

    private static var tooLong: String {
        "it has more than the \(SystemCallFilter.mostInstructions) instructions the kernel takes; "
            + "use fewer rules or architectures"
    }

    private static func check(_ result: Int32, _ what: String) throws(RuntimeError) {
        guard result < 0 else { return }
        throw RuntimeError(
            "cannot compile the seccomp profile: libseccomp cannot \(what): "
                + "\(SystemError("", "", .init(rawValue: -result)).errno)"
        )
    }

    /// linux/errno.h, the same on every architecture of libseccomp's.
    private static var EEXIST: Int32 { 17 }
    private static var EAGAIN: Int32 { 11 }

    /// What else decides on the program: libseccomp's version and what it finds the kernel can do, and the machine.
    static var identity: String {
        guard let version = unsafe seccomp_version() else { return "libseccomp" }
        let (major, minor, micro) = unsafe (version.pointee.major, version.pointee.minor, version.pointee.micro)
        return "libseccomp \(major).\(minor).\(micro) api \(seccomp_api_get()) arch \(seccomp_arch_native())"
    }
}
