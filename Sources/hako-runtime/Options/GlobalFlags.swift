import Flags
import Linux
import Runtime

protocol RuntimeCommand: Command where Globals == GlobalFlags {}

/// Flags of every command: runc's, and crun's where runc has none.
struct GlobalFlags: FlagSet {
    var rootPath: String?
    var logPath: String?
    var logFormat = "text"
    var logLevel: String?
    var debug = false
    var systemdCgroup = false
    var cgroupManager = "cgroupfs"
    var rootless = "auto"
    /// What stands before messages for people: the program that they called. For `hako` errors end with docker's exit codes.
    var called = "hako-runtime"

    static let flags: [Flag<Self>] = [
        .value("root", of: "DIR", help: "Where states are kept.") { $0.rootPath = $1 },
        .value("log", of: "FILE", help: "Append messages here instead of to standard error.") { $0.logPath = $1 },
        .value("log-format", of: "text|json", help: "The form of the messages.") { $0.logFormat = $1 },
        .value("log-level", of: "LEVEL", help: "debug, info, warn or error.") { $0.logLevel = $1 },
        .toggle("debug", help: "The same as --log-level debug.") { $0.debug = $1 },
        .toggle("systemd-cgroup", help: "The same as --cgroup-manager systemd.") { $0.systemdCgroup = $1 },
        .value("cgroup-manager", of: "NAME", help: "Who makes control groups: cgroupfs, systemd or disabled.") {
            $0.cgroupManager = $1
        },
        .value("rootless", of: "BOOL", help: "true, false or auto.") { $0.rootless = $1 },
        .value("called", of: "NAME", help: "What messages on standard error begin with.") { $0.called = $1 },
    ]

    /// What is not supported says so.
    func check() throws(UsageError) {
        guard MessageLog.Format(rawValue: logFormat) != nil else {
            throw UsageError("--log-format: \"\(logFormat)\" is neither text nor json")
        }
        guard CgroupManager(rawValue: cgroupManager) != nil else {
            throw UsageError("--cgroup-manager: \"\(cgroupManager)\" is neither cgroupfs, systemd nor disabled")
        }
    }

    /// Who makes control groups.
    var manager: CgroupManager { systemdCgroup ? .systemd : CgroupManager(rawValue: cgroupManager) ?? .cgroupfs }

    /// The container named, or all those whose id a regular expression matches, as with crun.
    func containers(_ text: String, isRegex: Bool) throws(UsageError) -> [String] {
        guard isRegex else { return [text] }
        guard var pattern = Pattern(text) else { throw UsageError("\"\(text)\" is not a regular expression") }
        var ids: [String] = []
        for id in root.ids() where pattern.matches(id) { ids.append(id) }
        return ids
    }

    var root: StateRoot { rootPath.map(StateRoot.init(path:)) ?? StateRoot.standard }
    var log: MessageLog { MessageLog(path: logPath, format: MessageLog.Format(rawValue: logFormat) ?? .text, called: called) }
    /// Compiled system call filters, kept from one start to the next.
    var filterCache: String { "\(root.path)/.filters" }
}

/// A whole number of zero or more that a flag was given.
func wholeNumber(_ text: String?, flag: String, default standard: Int = 0) throws(UsageError) -> Int {
    guard let text else { return standard }
    guard let number = Int(text), number >= 0 else { throw UsageError("\(flag): \"\(text)\" is not a whole number") }
    return number
}
