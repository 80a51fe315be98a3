internal import Linux

/// A pseudo-terminal of the container's own devpts. pty(7), devpts.
enum ConsoleTerminal {
    static func open(in root: ContainerRoot, columns: UInt16, rows: UInt16) throws(RuntimeError) -> (master: CInt, slave: CInt) {
        let master = try explaining("open /dev/pts/ptmx", hint: "a terminal needs a devpts mount at /dev/pts") {
            () throws(SystemError) in
            try root.open("/dev/pts/ptmx", for: [.readWrite, .noControllingTerminal])
        }
        let slave = try explaining("open the terminal's other side") { () throws(SystemError) in
            guard try master.fileSystem() == .devpts else {
                throw SystemError("open", "/dev/pts/ptmx is not on devpts", .invalidArgument)
            }
            let slave = try PseudoTerminal.unlockAndOpenPeer(of: master)
            if columns > 0, rows > 0 { try PseudoTerminal.setSize(of: master, columns: columns, rows: rows) }
            return slave.release()
        }
        return (master.release(), slave)
    }
}
