public import Linux

/// What went wrong with an archive, a layer or the store, as one line for people and a code for programs.
public struct ImagesError: Error, CustomStringConvertible, Sendable {
    public enum Code: String, Sendable {
        /// No such file, layer or directory.
        case notFound
        /// Not a tar, or compressed in a way that is not read here.
        case unsupported
        /// A tar or its compression is broken or ends too early.
        case damaged
        /// A name or a link leads out of the root file system.
        case outsideRoot
        /// Content is not what its digest says.
        case digest
        /// More than `LayerLimits` allows.
        case limit
        /// The kernel refuses for want of rights.
        case permission
        /// A mount lies where none may be.
        case mount
        /// Anything else the system refused.
        case system
    }

    public let code: Code
    /// What, on what, why, what to do: one line.
    public let message: String
    /// The system call behind it, where there is one.
    public let cause: SystemError?

    public var description: String { message }

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
        cause = nil
    }

    /// A failed system call: its reason is added to the message.
    package init(_ message: String, _ cause: SystemError, hint: String = "") {
        code =
            switch cause.errno {
            case .noSuchFileOrDirectory: .notFound
            case .notPermitted, .permissionDenied: .permission
            default: .system
            }
        self.message = "\(message): \(cause.errno)" + (hint.isEmpty ? "" : " (\(hint))")
        self.cause = cause
    }
}

/// Runs a system call's wrapper and says what it was for when it fails.
@inline(__always)
func attempt<Result: ~Copyable>(
    _ what: @autoclosure () -> String, hint: @autoclosure () -> String = "", _ body: () throws(SystemError) -> Result
) throws(ImagesError) -> Result {
    do {
        return try body()
    } catch {
        throw ImagesError(what(), error, hint: hint())
    }
}

extension FileName {
    /// For messages: in quotes, control characters as `\n` or `\x1b`, cut when very long.
    var quoted: String {
        var text = "\""
        for scalar in String(decoding: bytes.prefix(300), as: UTF8.self).unicodeScalars {
            text += scalar.value < 0x20 || scalar == "\"" || scalar == "\\" ? scalar.escaped(asASCII: false) : String(scalar)
        }
        return text + (count > 300 ? "…\"" : "\"")
    }
}
