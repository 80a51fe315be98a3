internal import CLinux
internal import Glibc
internal import SystemPackage

/// Waiting for any of many descriptors, at a cost that does not grow with how many they are. epoll(7).
///
/// A descriptor that is closed is out of it by itself.
@safe
package struct EventQueue: ~Copyable {
    private let descriptor: Descriptor
    private var events = unsafe [epoll_event](repeating: epoll_event(), count: 64)

    /// What a descriptor is ready for, and the number it was added with.
    package struct Event: Sendable {
        package let token: UInt64
        package let isReadable: Bool
        package let isWritable: Bool
        /// Nothing more comes or goes: EPOLLERR, EPOLLHUP.
        package let isBroken: Bool
    }

    /// epoll_create1(2).
    package init() throws(SystemError) {
        descriptor = Descriptor(owning: try systemCall("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) })
    }

    /// EPOLL_CTL_ADD of epoll_ctl(2).
    package borrowing func add(
        _ watched: borrowing Descriptor, token: UInt64, readable: Bool = true, writable: Bool = false
    ) throws(SystemError) {
        try control(EPOLL_CTL_ADD, watched.raw, token, readable, writable)
    }

    /// EPOLL_CTL_MOD of epoll_ctl(2).
    package borrowing func change(
        _ watched: borrowing Descriptor, token: UInt64, readable: Bool, writable: Bool
    ) throws(SystemError) {
        try control(EPOLL_CTL_MOD, watched.raw, token, readable, writable)
    }

    private borrowing func control(
        _ operation: CInt, _ watched: CInt, _ token: UInt64, _ readable: Bool, _ writable: Bool
    ) throws(SystemError) {
        let raw = descriptor.raw
        var event = unsafe epoll_event()
        unsafe event.events = (readable ? EPOLLIN.rawValue : 0) | (writable ? EPOLLOUT.rawValue : 0)
        unsafe event.data.u64 = token
        try systemCall("epoll_ctl", "fd \(watched)") { unsafe epoll_ctl(raw, operation, watched, &event) }
    }

    /// Waits until one is ready, at most until a time: nanoseconds of the monotonic clock. None on time-out. Errors and
    /// hang-ups are both readable and writable: the next call on the descriptor says what it is. epoll_wait(2).
    package mutating func wait(until deadline: UInt64) throws(SystemError) -> [Event] {
        let now = Trace.now()
        // Rounded up: it is not woken just before.
        let milliseconds = deadline <= now ? 0 : Int32(clamping: (deadline - now - 1) / 1_000_000 + 1)
        let raw = descriptor.raw
        let count = try systemCall("epoll_wait") { unsafe epoll_wait(raw, &events, CInt(events.count), milliseconds) }
        return unsafe events[..<Int(count)].map { event in
            let bad = unsafe event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
            return unsafe Event(
                token: event.data.u64, isReadable: bad || event.events & EPOLLIN.rawValue != 0,
                isWritable: bad || event.events & EPOLLOUT.rawValue != 0,
                isBroken: bad)
        }
    }
}
