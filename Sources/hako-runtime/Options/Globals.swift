import Linux
import Runtime

/// Options that stand before the command.
struct Globals {
    static let declared = [
        OptionDeclaration("--root", value: "DIR", help: "where states are kept"),
        OptionDeclaration("--log", value: "FILE", help: "append messages here instead of to standard error"),
        OptionDeclaration("--log-format", value: "text|json", help: "form of the messages"),
        OptionDeclaration("--log-level", value: "LEVEL", help: "debug, info, warn or error"),
        OptionDeclaration("--debug", help: "the same as --log-level debug"),
        OptionDeclaration("--systemd-cgroup", help: "make control groups through systemd (not supported yet)"),
        OptionDeclaration("--cgroup-manager", value: "NAME", help: "cgroupfs, the only one yet"),
        OptionDeclaration("--rootless", value: "BOOL", help: "true, false or auto"),
        OptionDeclaration("--version", "-v", help: "print the version"),
        OptionDeclaration("--help", "-h", help: "print this"),
    ]

    let root: StateRoot
    let log: MessageLog

    init(_ options: ParsedOptions) throws(UsageError) {
        root = options.string("--root").map(StateRoot.init(path:)) ?? StateRoot.standard
        let format = options.string("--log-format") ?? "text"
        guard let form = MessageLog.Format(rawValue: format) else {
            throw UsageError("--log-format: \"\(format)\" is neither text nor json")
        }
        log = MessageLog(path: options.string("--log"), format: form)
        if options.has("--systemd-cgroup") { throw UsageError("--systemd-cgroup is not supported yet; leave it out") }
        if let manager = options.string("--cgroup-manager"), manager != "cgroupfs" {
            throw UsageError("--cgroup-manager \(manager) is not supported yet; use cgroupfs")
        }
    }

    /// Compiled system call filters, kept from one start to the next.
    var filterCache: String { "\(root.path)/.filters" }
}
