import Flags
import Linux
import Networks

/// Takes ports of the host's for a plain user's networks: what `hako` starts, no command for people.
struct PortBinderCommand: RuntimeCommand {
    static let name = "port-binder"
    static let summary = "Bind ports of udp, and hand over the sockets."
    static let isHidden = true
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("socket-fd", of: "N", help: "The socket that is asked.") { $0.socket = $1 },
                .value("holder", of: "PID", help: "End with this process.") { $0.holder = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var socket: String?
    var holder: String?

    func run() throws -> Int32 {
        guard let process = Int32(exactly: try wholeNumber(holder, flag: "--holder")), process > 0 else {
            throw UsageError("--holder is no process id")
        }
        let descriptor = Descriptor(owning: CInt(try wholeNumber(socket, flag: "--socket-fd", default: 3)))
        try Processes.changeDirectory("/")
        try PortBinder.serve(descriptor, holder: process)
        return 0
    }
}

/// Carries datagrams to a container on a plain user's network: what its monitor starts, no command for people.
struct RelayCommand: RuntimeCommand {
    static let name = "udp-relay"
    static let summary = "Carry datagrams between ports of the host's and a container's."
    static let words = "ADDRESS/PORT/ADDRESS/PORT..."
    static let wordCount = 1...Int.max
    static let isHidden = true
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("binder", of: "SOCKET", help: "Who takes ports of the host's.") { $0.binder = $1 },
                .value("control-fd", of: "N", help: "A socket: told when datagrams are carried; it ends with it.") {
                    $0.control = $1
                },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var binder: String?
    var control: String?

    func run() throws -> Int32 {
        guard let binder else { throw UsageError("--binder is missing") }
        let routes = try words.map { text in
            guard let route = DatagramRoute(text) else { throw UsageError("\"\(text)\" leads nowhere") }
            return route
        }
        let descriptor = Descriptor(owning: CInt(try wholeNumber(control, flag: "--control-fd", default: 3)))
        try DatagramRelay(routes, binder: binder).serve(control: descriptor)
        return 0
    }
}
