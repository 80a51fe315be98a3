internal import CLinux
internal import Glibc

/// A terminal that a descriptor stands for. tty_ioctl(4).
public enum Terminal {
    public struct Size: Sendable, Equatable {
        public var columns: UInt16
        public var rows: UInt16

        public init(columns: UInt16, rows: UInt16) {
            self.columns = columns
            self.rows = rows
        }
    }

    /// isatty(3).
    public static func isTerminal(_ descriptor: CInt) -> Bool { isatty(descriptor) == 1 }

    /// The window's size, in characters. ioctl TIOCGWINSZ.
    public static func size(of descriptor: CInt) throws(SystemError) -> Size {
        var size = winsize()
        try systemCall("ioctl", "fd \(descriptor) TIOCGWINSZ") {
            unsafe hako_ioctl_pointer(descriptor, hako_tiocgwinsz, &size)
        }
        return Size(columns: size.ws_col, rows: size.ws_row)
    }
}
