internal import CSeccomp
internal import OCI

/// The words of an OCI seccomp profile as libseccomp's numbers (config-linux.md, Seccomp; seccomp.h).
enum SeccompProfile {
    /// For `features`.
    static let actions = [
        "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE",
        "SCMP_ACT_NOTIFY", "SCMP_ACT_LOG", "SCMP_ACT_ALLOW",
    ]
    static let operators = [
        "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ",
    ]
    static let architectures = ["SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64"]

    /// `SCMP_ACT_*`, with the errno or the tracer's message in the lower half.
    ///
    /// - Parameter field: where it stands, for the message: `defaultAction`.
    static func action(_ name: String, value: UInt32?, field: String) throws(RuntimeError) -> UInt32 {
        if value != nil && name != "SCMP_ACT_ERRNO" && name != "SCMP_ACT_TRACE" {
            throw RuntimeError("cannot compile the seccomp profile: \(field) is \(name), which returns no errno")
        }
        guard value ?? 0 <= 0xffff else {
            throw RuntimeError("cannot compile the seccomp profile: the errno \(value ?? 0) of \(field) is above 65535")
        }
        // EPERM unless said otherwise.
        let data = value ?? 1
        switch name {
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": return 0
        case "SCMP_ACT_KILL_PROCESS": return 0x8000_0000
        case "SCMP_ACT_TRAP": return 0x0003_0000
        case "SCMP_ACT_ERRNO": return 0x0005_0000 | data
        case "SCMP_ACT_TRACE": return 0x7ff0_0000 | data
        case "SCMP_ACT_LOG": return 0x7ffc_0000
        case "SCMP_ACT_ALLOW": return 0x7fff_0000
        case "SCMP_ACT_NOTIFY": return 0x7fc0_0000
        default: throw RuntimeError("cannot compile the seccomp profile: \(field) \"\(name)\" is no action")
        }
    }

    /// Whether the profile passes calls to a listener.
    ///
    /// - Throws: where there is nobody to pass them to, or a call that the runtime itself needs to hand the listener over.
    static func checkNotifications(_ profile: Seccomp) throws(RuntimeError) -> Bool {
        if let index = (profile.syscalls ?? []).firstIndex(where: { $0.names.isEmpty }) {
            throw RuntimeError("cannot compile the seccomp profile: syscalls[\(index)].names is empty")
        }
        if profile.listenerMetadata?.isEmpty == false, profile.listenerPath?.isEmpty != false {
            throw RuntimeError("cannot compile the seccomp profile: listenerMetadata needs listenerPath")
        }
        guard profile.defaultAction != "SCMP_ACT_NOTIFY" else {
            throw RuntimeError(
                "cannot compile the seccomp profile: defaultAction cannot be SCMP_ACT_NOTIFY: nothing could be started")
        }
        let rules = (profile.syscalls ?? []).filter { $0.action == "SCMP_ACT_NOTIFY" }
        if rules.isEmpty { return false }
        if let name = rules.flatMap(\.names).first(where: { ["sendmsg", "write"].contains($0) }) {
            throw RuntimeError(
                "cannot compile the seccomp profile: \(name) cannot be SCMP_ACT_NOTIFY: the runtime hands the listener over with it"
            )
        }
        guard profile.listenerPath?.isEmpty == false else {
            throw RuntimeError("cannot compile the seccomp profile: SCMP_ACT_NOTIFY needs listenerPath")
        }
        return true
    }

    /// libseccomp's token of `SCMP_ARCH_X86_64`.
    static func architecture(_ name: String) throws(RuntimeError) -> UInt32 {
        let token = name.hasPrefix("SCMP_ARCH_") ? unsafe seccomp_arch_resolve_name(String(name.dropFirst(10)).lowercased()) : 0
        guard token != 0 else {
            throw RuntimeError("cannot compile the seccomp profile: \"\(name)\" in architectures is none that libseccomp knows")
        }
        return token
    }

    /// The bits of SECCOMP_FILTER_FLAG_*. seccomp(2).
    static let flags: [String: UInt32] = [
        "SECCOMP_FILTER_FLAG_TSYNC": 1, "SECCOMP_FILTER_FLAG_LOG": 2, "SECCOMP_FILTER_FLAG_SPEC_ALLOW": 4,
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": 32,
    ]

    static func flags(_ names: [String]) throws(RuntimeError) -> UInt32 {
        var bits: UInt32 = 0
        for name in names {
            guard let bit = flags[name] else {
                throw RuntimeError("cannot compile the seccomp profile: \"\(name)\" in flags is no flag")
            }
            bits |= bit
        }
        return bits
    }

    /// One comparison of a system call's argument.
    static func comparison(_ argument: SeccompArgument) throws(RuntimeError) -> scmp_arg_cmp {
        guard argument.index < 6 else {
            throw RuntimeError(
                "cannot compile the seccomp profile: args has index \(argument.index); a system call has 6 arguments")
        }
        let op: scmp_compare
        switch argument.op {
        case "SCMP_CMP_NE": op = SCMP_CMP_NE
        case "SCMP_CMP_LT": op = SCMP_CMP_LT
        case "SCMP_CMP_LE": op = SCMP_CMP_LE
        case "SCMP_CMP_EQ": op = SCMP_CMP_EQ
        case "SCMP_CMP_GE": op = SCMP_CMP_GE
        case "SCMP_CMP_GT": op = SCMP_CMP_GT
        case "SCMP_CMP_MASKED_EQ": op = SCMP_CMP_MASKED_EQ
        default: throw RuntimeError("cannot compile the seccomp profile: \"\(argument.op)\" in args.op is no comparison")
        }
        return scmp_arg_cmp(arg: argument.index, op: op, datum_a: argument.value, datum_b: argument.valueTwo ?? 0)
    }
}
