internal import CSeccomp
internal import Linux
internal import OCI

/// Turns a profile into classic BPF with libseccomp.
struct SeccompCompiler: ~Copyable {
    private let context: scmp_filter_ctx
    private let defaultAction: UInt32

    init(_ profile: Seccomp) throws(RuntimeError) {
        defaultAction = try SeccompProfile.action(profile.defaultAction, value: profile.defaultErrnoRet, field: "defaultAction")
        var tokens: [UInt32] = []
        for name in profile.architectures ?? [] { tokens.append(try SeccompProfile.architecture(name)) }
        guard let context = unsafe seccomp_init(defaultAction) else {
            throw RuntimeError("cannot compile the seccomp profile: libseccomp refuses \(profile.defaultAction) as the default")
        }
        unsafe self.context = unsafe context
        do throws(RuntimeError) {
            // The machine's own is there from the start.
            for token in tokens {
                let result = unsafe seccomp_arch_add(context, token)
                if result != -Self.EEXIST { try Self.check(result, "add an architecture") }
            }
            // A binary tree over the numbers: the kernel runs the program for every number when it is installed.
            try Self.check(unsafe seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "ask for a tree")
            for rule in profile.syscalls ?? [] { try Self.add(rule, to: context, defaultAction) }
        } catch {
            unsafe seccomp_release(context)
            throw error
        }
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
        let pipe = try explaining("make a pipe for the seccomp filter") { () throws(SystemError) in
            // Never waits for a reader that is the writer itself: too long a program is an error.
            let pipe = try Pipes.make()
            try pipe.writeEnd.setNonBlocking()
            try pipe.readEnd.setNonBlocking()
            return pipe
        }
        let result = unsafe seccomp_export_bpf(context, pipe.writeEnd.raw)
        guard result != -Self.EAGAIN else { throw RuntimeError("cannot compile the seccomp profile: \(Self.tooLong)") }
        try Self.check(result, "write the program")
        let bytes = try explaining("read the seccomp filter") { () throws(SystemError) in
            try pipe.readEnd.read(upTo: 65536)
        }
        guard bytes.count <= SystemCallFilter.mostInstructions * 8 else {
            throw RuntimeError("cannot compile the seccomp profile: \(Self.tooLong)")
        }
        return bytes
    }

    private static var tooLong: String {
        "it has more than the \(SystemCallFilter.mostInstructions) instructions the kernel takes; use fewer rules or architectures"
    }

    private static func check(_ result: Int32, _ what: String) throws(RuntimeError) {
        guard result < 0 else { return }
        throw RuntimeError("cannot compile the seccomp profile: libseccomp cannot \(what): \(SystemError("", "", .init(rawValue: -result)).errno)")
    }

    /// linux/errno.h, the same on every architecture of libseccomp's.
    private static var EEXIST: Int32 { 17 }
    private static var EAGAIN: Int32 { 11 }

    /// What else decides on the program: libseccomp's version and what it finds the kernel can do, and the machine.
    static var identity: String {
        guard let version = unsafe seccomp_version() else { return "libseccomp" }
        return unsafe "libseccomp \(version.pointee.major).\(version.pointee.minor).\(version.pointee.micro) api \(seccomp_api_get()) arch \(seccomp_arch_native())"
    }
}
