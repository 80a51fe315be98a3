import Linux
import Runtime

/// Stays with a process: passes signals on, carries its terminal, and ends with its exit code.
enum Foreground {
    /// - Parameter timeout: milliseconds after which it is killed; zero for never. Not with a terminal.
    static func wait(for pid: Int32, terminal: SharedDescriptor?, timeout: Int = 0) throws -> Int32 {
        let forwarded = (1...31).filter { ![Signals.kill, Signals.stop, Signals.child, Signals.pipe].contains($0) }
        let signals = try Signals.descriptor(for: forwarded)
        let process = try Processes.open(pid)
        guard let terminal else { return try loop(process, pid, signals, timeout) }
        // Input from elsewhere needs no raw mode: keys are not passed one by one.
        let mode = Terminal.isTerminal(0) ? try TerminalMode(raw: 0) : nil
        let code = try carry(terminal.descriptor, process, pid, signals)
        _ = consume mode
        return code
    }

    private static func loop(
        _ process: borrowing Descriptor, _ pid: Int32, _ signals: borrowing Descriptor, _ timeout: Int
    ) throws -> Int32 {
        let deadline = timeout > 0 ? Trace.now() + UInt64(timeout) * 1_000_000 : nil
        while true {
            var poll = Poll()
            let ended = poll.watch(process.raw, .readable)
            poll.watch(signals.raw, .readable)
            if let deadline, Trace.now() >= deadline {
                try? Processes.signal(process, Signals.kill)
                return try Processes.wait(for: pid)
            }
            _ = try poll.wait(until: deadline)
            while let number = Signals.next(from: signals) { try? Processes.kill(pid, number) }
            if !poll[ended].isEmpty { return try Processes.wait(for: pid) }
        }
    }

    private static func carry(
        _ master: borrowing Descriptor, _ process: borrowing Descriptor, _ pid: Int32, _ signals: borrowing Descriptor
    ) throws -> Int32 {
        var takesInput = true
        resize(master)
        while true {
            var poll = Poll()
            let ended = poll.watch(process.raw, .readable)
            poll.watch(signals.raw, .readable)
            let output = poll.watch(master.raw, .readable)
            let input = takesInput ? poll.watch(0, .readable) : nil
            _ = try poll.wait()
            while let number = Signals.next(from: signals) {
                if number == Signals.windowChange { resize(master) } else { try? Processes.kill(pid, number) }
            }
            if let input, !poll[input].isEmpty { takesInput = copy(from: 0, to: master.raw) }
            if poll[output].contains(.readable) { _ = copy(from: master.raw, to: 1) }
            if !poll[ended].isEmpty {
                while copyIfReady(from: master.raw, to: 1) {}
                return try Processes.wait(for: pid)
            }
        }
    }

    private static func copyIfReady(from source: CInt, to target: CInt) -> Bool {
        var poll = Poll()
        let index = poll.watch(source, .readable)
        guard (try? poll.wait(milliseconds: 0)) == true, poll[index].contains(.readable) else { return false }
        return copy(from: source, to: target)
    }

    private static func copy(from source: CInt, to target: CInt) -> Bool {
        Descriptor.lending(source) { from in
            guard let bytes = try? from.read(upTo: 32 << 10), !bytes.isEmpty else { return false }
            return Descriptor.lending(target) { to in (try? to.write(bytes)) != nil }
        }
    }

    private static func resize(_ master: borrowing Descriptor) {
        for stream: CInt in [0, 1, 2] {
            guard let size = try? Terminal.size(of: stream) else { continue }
            try? PseudoTerminal.setSize(of: master, columns: size.columns, rows: size.rows)
            return
        }
    }
}
