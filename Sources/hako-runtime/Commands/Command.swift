import Linux
import Runtime

/// A command of the runtime: its options declared, its work done by `run`.
protocol Command {
    static var name: String { get }
    static var summary: String { get }
    /// For help: `[options] ID`.
    static var arguments: String { get }
    static var options: [OptionDeclaration] { get }
    /// After so many arguments the rest belongs to the container's command.
    static var argumentsBeforeStop: Int { get }
    /// - Returns: the exit code.
    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32
}

extension Command {
    static var arguments: String { "ID" }
    static var options: [OptionDeclaration] { [] }
    static var argumentsBeforeStop: Int { .max }
}

extension ParsedOptions {
    /// The one argument most commands take.
    func containerID() throws(UsageError) -> String {
        guard arguments.count == 1 else {
            throw UsageError(arguments.isEmpty ? "name a container" : "one container is expected, \(arguments.count) are given")
        }
        return arguments[0]
    }
}

extension OptionDeclaration {
    static let bundle = OptionDeclaration("--bundle", "-b", value: "DIR", help: "the bundle (default: this directory)")
    static let pidFile = OptionDeclaration("--pid-file", value: "FILE", help: "write the process id here")
    static let consoleSocket = OptionDeclaration(
        "--console-socket", value: "PATH", help: "send the terminal's controlling side to this socket")
    static let preserve = OptionDeclaration(
        "--preserve-fds", value: "N", help: "pass N descriptors from 3 on to the command")
    static let keyring = OptionDeclaration("--no-new-keyring", help: "keep the caller's session keyring")
    static let noPivot = OptionDeclaration("--no-pivot", help: "refused: pivot_root is always used")
    static let detach = OptionDeclaration("--detach", "-d", help: "return once the command runs")
}
