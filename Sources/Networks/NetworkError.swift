internal import Linux

/// Why a network, or a container's end of it, could not be set up: one line for the user.
package struct NetworkError: Error, CustomStringConvertible, Sendable {
    package let message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}

/// Runs `body`; a system call's error becomes `cannot WHAT: …`.
func networking<Result: ~Copyable>(
    _ what: @autoclosure () -> String, _ body: () throws(SystemError) -> Result
) throws(NetworkError) -> Result {
    do throws(SystemError) { return try body() } catch {
        throw NetworkError("cannot \(what()): \(error.errno) (\(error.subject))")
    }
}
