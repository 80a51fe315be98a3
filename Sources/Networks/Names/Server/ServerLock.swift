internal import Linux

/// The lock of the one server that a network has: `server.lock`. What is in it says that the server answers: its process id.
final class ServerLock {
    /// Open for appending, so that a second time writes at the beginning too.
    private let file: Descriptor

    init(_ file: consuming Descriptor) { self.file = file }

    /// Takes the lock, and says that nobody answers yet. - Returns: false where another has it.
    func take() throws(SystemError) -> Bool {
        do throws(SystemError) { try file.lock(.exclusive, waits: false) } catch {
            guard error.errno == .wouldBlock else { throw error }
            return false
        }
        try file.truncate(to: 0)
        return true
    }

    func sayReady() throws(SystemError) { try file.write("\(Processes.id)\n") }

    func release() throws(SystemError) {
        try file.truncate(to: 0)
        try file.unlock()
    }

    /// Whether whoever has the lock answers.
    func isReady() throws(SystemError) -> Bool { try file.status().size > 0 }
}
