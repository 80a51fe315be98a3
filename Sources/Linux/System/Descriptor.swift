internal import CLinux
internal import Glibc
internal import SystemPackage

/// An open file descriptor that this value owns: closed when the value goes away.
///
/// All are opened close-on-exec; a program that is executed inherits only what `inheritable()` marked.
public struct Descriptor: ~Copyable, Sendable {
    public let raw: CInt

    /// Takes ownership of an open descriptor.
    public init(owning raw: CInt) { self.raw = raw }

    deinit { _ = Glibc.close(raw) }

    /// Gives the descriptor up without closing it.
    public consuming func release() -> CInt {
        let raw = self.raw
        discard self
        return raw
    }

    /// Another descriptor for the same open file. fcntl(2), F_DUPFD_CLOEXEC.
    public func duplicate(atLeast lowest: CInt = 3) throws(SystemError) -> Descriptor {
        let raw = self.raw
        return Descriptor(
            owning: try systemCall("fcntl", "fd \(raw) F_DUPFD_CLOEXEC") { hako_fcntl_int(raw, F_DUPFD_CLOEXEC, lowest) })
    }

    /// A path that names the open file for as long as the descriptor is open.
    package var procPath: String { "/proc/self/fd/\(raw)" }
}

extension Descriptor {
    /// Lends a descriptor that stays someone else's to close.
    @inline(__always)
    package static func lending<Result: ~Copyable, Failure: Error>(
        _ raw: CInt, _ body: (borrowing Descriptor) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let lent = Descriptor(owning: raw)
        do throws(Failure) {
            let result = try body(lent)
            _ = lent.release()
            return result
        } catch {
            _ = lent.release()
            throw error
        }
    }
}
