/// `--tmpfs DST[:OPTIONS]`.
package enum TmpfsFlag {
    /// Unless the options say otherwise, nothing on it can be executed, be a device or raise privileges.
    package static let defaults = ["noexec", "nosuid", "nodev"]

    package static func parse(_ text: String) throws(EngineError) -> MountRequest {
        let flag = "--tmpfs"
        try Numbers.checkNoZero(text, flag: flag)
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var mount = MountRequest(.tmpfs, destination: try MountRequest.destination(parts[0], flag: flag, value: text))
        mount.options = defaults
        guard parts.count == 2 else { return mount }
        for option in parts[1].split(separator: ",") { try apply(String(option), to: &mount, text) }
        return mount
    }

    private static func apply(_ option: String, to mount: inout MountRequest, _ text: String) throws(EngineError) {
        let flag = "--tmpfs"
        let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (pair[0], pair.count == 2 ? pair[1] : nil) {
        case ("ro", nil): mount.readOnly = true
        case ("rw", nil): mount.readOnly = false
        case ("size", let size?) where size.hasSuffix("%"):
            guard let percent = UInt8(size.dropLast()), (1...100).contains(percent) else {
                throw EngineError.value(flag, text, "size is an amount such as 64m, or up to 100%")
            }
            mount.options.append("size=\(percent)%")
        case ("size", let size?): mount.options.append("size=\(try ByteSize.parse(size, flag: flag))")
        case ("mode", let mode?):
            mount.options.append("mode=\(String(try Numbers.octal(mode, flag: "--tmpfs mode"), radix: 8))")
        case ("uid", let id?), ("gid", let id?):
            guard UInt32(id) != nil else { throw EngineError.value(flag, text, "\(pair[0]) is a number") }
            mount.options.append(option)
        case ("nr_inodes", let count?), ("nr_blocks", let count?):
            mount.options.append("\(pair[0])=\(try ByteSize.parse(count, flag: flag))")
        case (let name, nil) where MountRequest.plainOptions.contains(name):
            // `exec` takes `noexec` back, and the other way round.
            let opposite = name.hasPrefix("no") ? String(name.dropFirst(2)) : "no\(name)"
            mount.options.removeAll { $0 == opposite || $0 == name }
            mount.options.append(name)
        case ("notmpcopyup", nil), ("U", nil): break
        case (let name, nil) where MountRequest.propagations.contains(name): mount.propagation = name
        default: throw EngineError.value(flag, text, "a tmpfs has no option \"\(option)\"")
        }
    }
}
