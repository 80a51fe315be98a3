internal import CLinux
internal import Glibc
internal import SystemPackage

/// A program that decides which devices the processes of a v2 control group may use. bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE.
package enum DeviceFilter {
    /// Loads the program and attaches it to a group, beside those of the groups above (BPF_F_ALLOW_MULTI).
    ///
    /// It lives as long as the group: nothing has to be detached.
    ///
    /// - Parameters:
    ///   - instructions: eBPF, 8 bytes each.
    ///   - group: the group's directory, opened for reading.
    /// - Throws: EPERM without CAP_BPF and CAP_NET_ADMIN (or CAP_SYS_ADMIN) in the first user namespace.
    package static func attach(_ instructions: [UInt64], to group: borrowing Descriptor) throws(SystemError) {
        let count = UInt32(instructions.count)
        let program = Descriptor(
            owning: try systemCall("bpf", "BPF_PROG_LOAD \(count) instructions") {
                unsafe hako_bpf_load_cgroup_device(instructions, count, nil, 0)
            })
        let (groupRaw, programRaw) = (group.raw, program.raw)
        try systemCall("bpf", "BPF_PROG_ATTACH BPF_CGROUP_DEVICE") {
            hako_bpf_attach_cgroup_device(groupRaw, programRaw)
        }
    }
}
