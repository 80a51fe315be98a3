import Glibc

/// A command on a pseudo terminal, as a person would use it.
final class Terminal {
    private let master: CInt
    private let slave: CInt
    let child: Child
    private(set) var screen: [UInt8] = []

    // ioctl_tty(2): TIOCSPTLCK and TIOCGPTN, which the C library's headers hide from Swift.
    private static let unlock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430

    init(_ words: [String], environment: [String: String], directory: String, columns: UInt16, rows: UInt16) throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        var (locked, number): (CInt, CUnsignedInt) = (0, 0)
        guard master >= 0, ioctl(master, Self.unlock, &locked) == 0, ioctl(master, Self.getNumber, &number) == 0 else {
            throw HarnessError("no pseudo terminal: \(String(cString: strerror(errno)))")
        }
        let path = "/dev/pts/\(number)"
        // Held open, so that the terminal's settings can be read after the command has ended.
        slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard slave >= 0 else { throw HarnessError("cannot open \(path)") }
        chmod(path, 0o666)
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        child = try Child(words, environment: environment, directory: directory, terminal: path)
    }

    deinit {
        close(master)
        close(slave)
    }

    var text: String { String(decoding: screen, as: UTF8.self) }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
    }

    /// Waits until the screen shows `text` at or after what was there when the last `expect` matched.
    private var seen = 0
    func expect(_ text: String, within seconds: Double = 10) -> Bool {
        let wanted = Array(text.utf8)
        let deadline = monotonic() + seconds * Machine.slowness
        while true {
            _ = drain(master, into: &screen)
            if let at = screen[seen...].firstIndex(of: wanted) {
                seen = at + wanted.count
                return true
            }
            if monotonic() > deadline { return false }
            wait(for: [master], milliseconds: 10)
        }
    }

    func resize(columns: UInt16, rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    /// The terminal's modes: local, input, output flags. Raw mode clears ICANON and ECHO of the first.
    var modes: [UInt32] {
        var settings = termios()
        tcgetattr(slave, &settings)
        return [settings.c_lflag, settings.c_iflag, settings.c_oflag]
    }

    var isRaw: Bool { modes[0] & UInt32(ICANON) == 0 }

    /// Waits for the command's end and gives its exit status.
    func finish(within seconds: Double = 20) throws -> Outcome {
        let deadline = monotonic() + seconds * Machine.slowness
        while child.isRunning, monotonic() < deadline {
            _ = drain(master, into: &screen)
            wait(for: [master], milliseconds: 5)
        }
        _ = drain(master, into: &screen)
        var outcome = try child.finish(within: 0)
        outcome.out = text
        return outcome
    }
}

extension ArraySlice<UInt8> {
    /// Where `part` begins, or nil.
    fileprivate func firstIndex(of part: [UInt8]) -> Int? {
        guard count >= part.count else { return nil }
        return (startIndex...(endIndex - part.count)).first { self[$0..<($0 + part.count)].elementsEqual(part) }
    }
}
