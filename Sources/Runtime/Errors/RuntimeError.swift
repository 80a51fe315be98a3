internal import Linux

/// Why a container could not be made, started or managed: one line for the user, and the exit code that goes with it.
public struct RuntimeError: Error, CustomStringConvertible, Sendable {
    /// What failed, as far as exit codes tell (docker's: 125, 126, 127).
    public enum Kind: UInt8, Sendable {
        /// The runtime's own failure, or bad input.
        case runtime = 125
        /// The command is there but cannot be executed.
        case notExecutable = 126
        /// The command is not there.
        case notFound = 127
    }

    public let message: String
    public let kind: Kind

    public init(_ message: String, kind: Kind = .runtime) {
        self.message = message
        self.kind = kind
    }

    public var description: String { message }
}

/// Says what was being done when a system call failed, and what to do about it.
@inline(__always)
func explaining<Result: ~Copyable>(
    _ what: @autoclosure () -> String, hint: @autoclosure () -> String = "", _ body: () throws(SystemError) -> Result
) throws(RuntimeError) -> Result {
    do throws(SystemError) {
        return try body()
    } catch {
        let advice = hint()
        throw RuntimeError("cannot \(what()): \(error.errno) (\(error.call))" + (advice.isEmpty ? "" : "; \(advice)"))
    }
}
