package import Linux
internal import Runtime

/// Why the engine could not do what it was asked: one line that says what, on what, why, and what to do.
public struct EngineError: Error, Sendable, Equatable, CustomStringConvertible {
    public let message: String
    /// What `hako` ends with: docker's 125 for its own failure, 126 and 127 for a command's.
    public let exitCode: Int32
    /// A registry has nothing of what was asked for, or is not reached, or does not let in: another may.
    package let isElsewhere: Bool

    public init(_ message: String, exitCode: Int32 = 125) { self.init(message, exitCode: exitCode, isElsewhere: false) }

    package init(_ message: String, exitCode: Int32 = 125, isElsewhere: Bool) {
        self.message = message
        self.exitCode = exitCode
        self.isElsewhere = isElsewhere
    }

    /// For what another process of hako's has told the user.
    package static func saidAlready(exitCode: Int32) -> EngineError { EngineError("", exitCode: exitCode) }

    /// For what another process of hako's has written to its standard error: the last line, without its prefix.
    init(complaint text: String, exitCode: Int32 = 125) {
        let line = text.split(separator: "\n").last ?? ""
        self.init(String(line.hasPrefix("hako: ") ? line.dropFirst(6) : line), exitCode: exitCode)
    }

    /// A flag's value that is not one: `--memory "12q": …`.
    package static func value(_ flag: String, _ value: String, _ why: String) -> EngineError {
        EngineError("\(flag) \"\(value)\": \(why)")
    }

    /// A system call that failed while `what` was being done: `cannot read ./env: No such file or directory`.
    package init(_ what: String, _ error: SystemError, hint: String = "") {
        var advice = hint
        if advice.isEmpty, error.errno == .permissionDenied || error.errno == .notPermitted { advice = "are you root?" }
        self.init("cannot \(what): \(error.errno)" + (advice.isEmpty ? "" : " (\(advice))"))
    }

    init(_ error: RuntimeError) { self.init(error.message, exitCode: Int32(error.kind.rawValue)) }

    public var description: String { message }
}

/// Says what was being done when a system call failed: `cannot read ./env: No such file or directory`.
@inline(__always)
package func attempt<Result: ~Copyable>(
    _ what: @autoclosure () -> String, hint: @autoclosure () -> String = "", _ body: () throws(SystemError) -> Result
) throws(EngineError) -> Result {
    do throws(SystemError) {
        return try body()
    } catch {
        throw EngineError(what(), error, hint: hint())
    }
}
