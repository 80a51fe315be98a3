internal import Flags
internal import Linux
internal import Registry

/// The network edge: everything that speaks with registries, in a process of its own.
let edge = Program<EdgeFlags>(
    name: "hako-edge", summary: "The network edge of hako.", version: "hako-edge version 0.1.0\n",
    commands: [.init(Transfer.self)])

func run(_ words: ArraySlice<String>) -> Int32 {
    var globals = EdgeFlags()
    do {
        switch try edge.read(words, globals: &globals) {
        case .text(let text):
            try StandardStreams.writeOutput(text)
            return 0
        case .command(let command): return try command.run()
        }
    } catch {
        try? StandardStreams.writeError("hako-edge: \(error)\n")
        return 2
    }
}

Processes.exitNow(run(CommandLine.arguments.dropFirst()))
