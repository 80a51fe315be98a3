internal import CSeccomp
internal import OCI

/// Instructions in front of a filter that answer ENOSYS to system calls newer than all its profile names.
///
/// A profile that refuses with EPERM what it does not list also refuses what its author could not know; a libc takes EPERM for
/// an answer and ENOSYS for an older kernel, on which it falls back. runc does the same. A profile whose default is to
/// allow, to log, or ENOSYS already, needs none of it.
enum NewSystemCalls {
    /// Changes when the instructions do: part of the cache's key.
    static let identity = "newer than the profile: ENOSYS 1"

    static func stub(for profile: Seccomp) throws(RuntimeError) -> [UInt8] {
        let action = try SeccompProfile.action(profile.defaultAction, value: profile.defaultErrnoRet, field: "defaultAction")
        let refuses = action & 0x7fff_0000 == 0x0005_0000 || action & 0x7fff_0000 == 0x0003_0000 || action & 0x7fff_0000 == 0
        guard refuses, action != Self.enosys else { return [] }
        var tokens = [seccomp_arch_native()]
        for name in profile.architectures ?? [] {
            let token = try SeccompProfile.architecture(name)
            if !tokens.contains(token) { tokens.append(token) }
        }
        var highest: [UInt32: UInt32] = [:]
        for token in tokens {
            let numbers = (profile.syscalls ?? []).lazy.flatMap(\.names).map {
                unsafe seccomp_syscall_resolve_name_arch(token, $0)
            }
            // Below zero are libseccomp's names for what this architecture has not.
            if let most = numbers.filter({ $0 >= 0 }).max() { highest[token] = UInt32(most) }
        }
        return instructions(highest)
    }

    private static let enosys: UInt32 = 0x0005_0000 | 38
    /// libseccomp's token of x32 is the machine's own word for x86-64 with this bit, which its system call numbers carry too.
    private static let x32Bit: UInt32 = 0x4000_0000
    private static let x86_64: UInt32 = 0xc000_003e

    /// For each architecture: is it this one, is the number higher; otherwise on to the filter behind.
    private static func instructions(_ highest: [UInt32: UInt32]) -> [UInt8] {
        var blocks: [[FilterInstruction]] = []
        for (token, most) in highest.sorted(by: { $0.key < $1.key }) where token != x86_64 & ~0x8000_0000 {
            var block: [FilterInstruction] = [
                .init(.load, FilterInstruction.machine), .init(.equal, token), .init(.load, FilterInstruction.number),
            ]
            if token == x86_64 {
                let most32 = highest[x86_64 & ~0x8000_0000] ?? (x32Bit | most)
                block += [
                    .init(.atLeast, x32Bit, otherwise: 2), .init(.above, most32, otherwise: 2), .init(.answer, enosys),
                    .init(.above, most, otherwise: 1), .init(.answer, enosys),
                ]
                block[4].otherwise = 3
            } else {
                block += [.init(.above, most, otherwise: 1), .init(.answer, enosys)]
            }
            block[1].otherwise = UInt8(block.count - 2)
            blocks.append(block)
        }
        return blocks.flatMap { $0 }.flatMap(\.bytes)
    }
}
