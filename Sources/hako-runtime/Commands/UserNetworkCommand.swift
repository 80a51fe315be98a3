import Flags
import Linux
import Runtime

/// Holds the network namespace that a plain user's networks are in: what `hako` starts by way of `unshare`, no command for people.
struct UserNetworkCommand: RuntimeCommand {
    static let name = "user-network"
    static let summary = "Hold a plain user's network namespace until SIGTERM."
    static let isHidden = true
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .value("ready-fd", of: "N", help: "A socket: told when the namespace is there, and telling when to stay.") {
                    $0.ready = $1
                }
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var ready: String?

    func run() throws -> Int32 {
        let descriptor = Descriptor(owning: CInt(try wholeNumber(ready, flag: "--ready-fd", default: 3)))
        try Holder.makeNetwork()
        try descriptor.write([0])
        // Whoever started this has it written down, or was killed: then nobody would find it.
        guard try !descriptor.read(upTo: 1).isEmpty else { return 1 }
        // It stays longer than the command that began it, whose caller waits for the end of what it reads.
        let null = try File.open("/dev/null", .readWrite)
        try Processes.assign(null.raw, to: 2)
        try Holder.run()
        return 0
    }
}
