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
