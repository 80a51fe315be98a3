internal import Glibc
internal import SystemPackage

/// The one funnel every system call of the product goes through: errors become `SystemError`, EINTR is retried,
/// and `--explain` sees each call here.
///
/// - Parameters:
///   - name: the call, as its manual page has it.
///   - subject: what it is done to; only evaluated for an error or a trace.
///   - retries: false where EINTR is an answer (poll with a deadline).
///   - body: makes the call; -1 means errno is set.
@inline(__always) @discardableResult
package func systemCall<Result: SignedInteger>(
    _ name: StaticString, _ subject: @autoclosure () -> String = "", retries: Bool = true, _ body: () -> Result
) throws(SystemError) -> Result {
    let start = unsafe Trace.isOn ? Trace.now() : 0
    while true {
        let result = body()
        let code = result == -1 ? Glibc.errno : 0
        if code == EINTR && retries { continue }
        if start != 0 { Trace.record("\(name)", subject(), start: start, errno: code) }
        if result == -1 { throw SystemError("\(name)", subject(), Errno(rawValue: code)) }
        return result
    }
}

/// What a call fills in, of which it says how much. Memory that it does not fill is not touched: each page of it would cost a fault.
///
/// - Parameter count: at most so many bytes, and at least one.
package func bytesFromSystemCall(
    _ name: StaticString, _ subject: @autoclosure () -> String, upTo count: Int, _ body: (UnsafeMutableRawPointer) -> Int
) throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
        do throws(SystemError) {
            filled = try systemCall(name, subject()) { unsafe body(memory.baseAddress!) }
        } catch {
            failure = error
        }
    }
    if let failure { throw failure }
    return bytes
}
