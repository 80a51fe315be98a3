internal import CLinux
internal import Glibc
internal import SystemPackage

/// Waiting for several descriptors at once. poll(2).
public struct Poll: Sendable {
    /// What a descriptor is ready for.
    public struct Events: OptionSet, Sendable {
        public let rawValue: Int16
        public init(rawValue: Int16) { self.rawValue = rawValue }
        public static let readable = Events(rawValue: Int16(POLLIN))
        public static let writable = Events(rawValue: Int16(POLLOUT))
        public static let hangUp = Events(rawValue: Int16(POLLHUP))
        public static let error = Events(rawValue: Int16(POLLERR))
    }

    private var entries: [pollfd] = []

    public init() {}

    /// Watches a descriptor in the next `wait`; its answer is under the index returned.
    @discardableResult
    public mutating func watch(_ descriptor: CInt, _ events: Events) -> Int {
        entries.append(pollfd(fd: descriptor, events: events.rawValue, revents: 0))
        return entries.count - 1
    }

    public subscript(index: Int) -> Events { Events(rawValue: entries[index].revents) }

    /// Waits until one is ready, or `milliseconds` have gone (-1: for ever). False on time-out.
    public mutating func wait(milliseconds: Int32 = -1) throws(SystemError) -> Bool {
        let count = nfds_t(entries.count)
        return try systemCall("poll", "\(count) descriptors") { unsafe Glibc.poll(&entries, count, milliseconds) } > 0
    }

    /// Waits until one is ready, or until a time: nanoseconds of the monotonic clock (nil: for ever). False on time-out.
    package mutating func wait(until deadline: UInt64?) throws(SystemError) -> Bool {
        guard let deadline else { return try wait() }
        let now = Trace.now()
        // Rounded up: it is not woken just before.
        return try wait(milliseconds: deadline <= now ? 0 : Int32(clamping: (deadline - now - 1) / 1_000_000 + 1))
    }
}
