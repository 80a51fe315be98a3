internal import CLinux
internal import Glibc

/// Pseudo-terminals by descriptor. ioctl_tty(2).
public enum PseudoTerminal {
    /// TIOCSPTLCK and TIOCGPTPEER: the other side, without going through a path.
    public static func unlockAndOpenPeer(of master: borrowing Descriptor) throws(SystemError) -> Descriptor {
        let raw = master.raw
        var locked: CInt = 0
        try systemCall("ioctl", "TIOCSPTLCK") { unsafe hako_ioctl_pointer(raw, hako_tiocsptlck, &locked) }
        let flags = O_RDWR | O_NOCTTY | O_CLOEXEC
        return Descriptor(owning: try systemCall("ioctl", "TIOCGPTPEER") { hako_ioctl_int(raw, hako_tiocgptpeer, Int(flags)) })
    }

    /// TIOCSWINSZ.
    public static func setSize(of terminal: borrowing Descriptor, columns: UInt16, rows: UInt16) throws(SystemError) {
        let raw = terminal.raw
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        try systemCall("ioctl", "TIOCSWINSZ \(columns)x\(rows)") { unsafe hako_ioctl_pointer(raw, hako_tiocswinsz, &size) }
    }
}
