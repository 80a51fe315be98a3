package import OCI

/// The system calls a container may make unless told otherwise: what ordinary programs use.
///
/// What is left out by intent (mounting, modules, other namespaces, keyrings …) is EPERM, and comes back with the capability
/// that governs it. What the lists do not know, being newer, is ENOSYS, on which a libc falls back; so are io_uring, whose
/// requests no filter sees, and clone3, whose flags no filter can read.
package enum DefaultSeccomp {
    /// - Parameter capabilities: those in the container's bounding set.
    package static func profile(capabilities: CapabilitySet = .granted) -> Seccomp {
        var profile = Seccomp(defaultAction: "SCMP_ACT_ERRNO")
        profile.defaultErrnoRet = ErrorNumber.noFunction
        #if arch(arm64)
            profile.architectures = ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]
        #else
            profile.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
        #endif
        var allowed = SystemCallNames.ordinary
        var refused = SystemCallNames.refused
        for (capability, names) in SystemCallNames.byCapability {
            if capabilities.isDisjoint(with: capability) {
                refused += names
            } else {
                allowed += names
            }
        }
        let granted = Set(allowed)
        var rules = [
            SeccompRule(names: allowed, action: "SCMP_ACT_ALLOW"),
            SeccompRule(
                names: refused.filter { !granted.contains($0) }, action: "SCMP_ACT_ERRNO", errnoRet: ErrorNumber.notPermitted),
        ]
        rules += personalities
        rules += sockets(audit: capabilities.contains(.auditWrite))
        rules += capabilities.contains(.sysAdmin) ? [allow(["clone", "clone3"])] : clone
        profile.syscalls = rules
        return profile
    }

    private enum ErrorNumber {
        static let notPermitted: UInt32 = 1
        static let noFunction: UInt32 = 38
        static let noProtocol: UInt32 = 93
        static let noAddressFamily: UInt32 = 97
    }

    private static func allow(_ names: [String], _ arguments: SeccompArgument...) -> SeccompRule {
        SeccompRule(names: names, action: "SCMP_ACT_ALLOW", args: arguments.isEmpty ? nil : arguments)
    }

    /// An argument's low 32 bits, all the kernel takes of an int: what stands above cannot lead past a comparison.
    private static func bits(_ index: UInt32, mask: UInt64 = 0xffff_ffff, equal value: UInt64) -> SeccompArgument {
        SeccompArgument(index: index, value: mask, valueTwo: value, op: "SCMP_CMP_MASKED_EQ")
    }

    /// personality(2): asking (0xffffffff), Linux of 64 and 32 bits, and either with UNAME26.
    private static var personalities: [SeccompRule] {
        [0, 0x8, 0x20000, 0x20008, 0xffff_ffff].map { allow(["personality"], bits(0, equal: $0)) }
    }

    /// clone(2) without a flag that makes a namespace; with one, EPERM.
    private static var clone: [SeccompRule] {
        let flags: [UInt64] = [0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]
        return [allow(["clone"], bits(0, mask: flags.reduce(0, |), equal: 0))]
            + flags.map {
                SeccompRule(
                    names: ["clone"], action: "SCMP_ACT_ERRNO", errnoRet: ErrorNumber.notPermitted,
                    args: [bits(0, mask: $0, equal: $0)])
            }
    }

    /// socket(2) of every family but AF_VSOCK (40), which reaches the host past every network namespace; ranges as masks.
    ///
    /// Without CAP_AUDIT_WRITE an audit socket (AF_NETLINK, 16; NETLINK_AUDIT, 9) is EPROTONOSUPPORT: so libaudit, and with it su
    /// and sudo, takes the kernel for one without auditing, instead of failing at its first message.
    private static func sockets(audit: Bool) -> [SeccompRule] {
        let ranges: [(mask: UInt64, value: UInt64)] = [
            (0xffff_fff0, 0), (0xffff_ffff, 17), (0xffff_fffe, 18), (0xffff_fffc, 20), (0xffff_fff8, 24), (0xffff_fff8, 32),
            (0xffff_ffff, 41), (0xffff_fffe, 42), (0xffff_fffc, 44),
        ]
        var rules = ranges.map { allow(["socket"], bits(0, mask: $0.mask, equal: $0.value)) }
        rules.append(
            SeccompRule(
                names: ["socket"], action: "SCMP_ACT_ERRNO", errnoRet: ErrorNumber.noAddressFamily, args: [bits(0, equal: 40)]))
        if audit {
            rules.append(allow(["socket"], bits(0, equal: 16)))
            return rules
        }
        rules.append(allow(["socket"], bits(0, equal: 16), SeccompArgument(index: 2, value: 9, op: "SCMP_CMP_NE")))
        rules.append(
            SeccompRule(
                names: ["socket"], action: "SCMP_ACT_ERRNO", errnoRet: ErrorNumber.noProtocol,
                args: [bits(0, equal: 16), SeccompArgument(index: 2, value: 9, op: "SCMP_CMP_EQ")]))
        return rules
    }
}
