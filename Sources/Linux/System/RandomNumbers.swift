internal import CLinux
internal import Glibc
internal import SystemPackage

/// Numbers that nobody can guess, a system call for many of them. getrandom(2).
package struct RandomNumbers {
    private var pool: [UInt16] = []

    package init() {}

    package mutating func next() throws(SystemError) -> UInt16 {
        if pool.isEmpty {
            // Up to 256 bytes come whole, and are not interrupted.
            var fresh = [UInt16](repeating: 0, count: 128)
            try systemCall("getrandom") { unsafe getrandom(&fresh, fresh.count * 2, 0) }
            pool = fresh
        }
        return pool.removeLast()
    }
}
