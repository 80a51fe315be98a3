import Flags
import JSON
import Linux
import Runtime

/// Lets a created container's command execute.
struct Start: RuntimeCommand {
    static let name = "start"
    static let summary = "Let a created container's command execute."
    static let words = "ID"
    static let wordCount = 1...1

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        try ContainerOperations(id: words[0], root: globals.root).start()
        return 0
    }
}

/// Prints a container's state as the specification has it.
struct State: RuntimeCommand {
    static let name = "state"
    static let summary = "Print a container's state as JSON."
    static let words = "ID"
    static let wordCount = 1...1

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        try Output.json(try ContainerOperations(id: words[0], root: globals.root).state().json)
        return 0
    }
}

struct Kill: RuntimeCommand {
    static let name = "kill"
    static let summary = "Send a signal (default: TERM)."
    static let words = "ID [SIGNAL]"
    static let wordCount = 1...2
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("all", "a", help: "To all processes of the container.") { $0.all = $1 },
                .toggle("regex", "r", help: "To all containers whose id matches ID, a regular expression.") { $0.regex = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var all = false
    var regex = false

    func run() throws -> Int32 {
        let text = words.count == 2 ? words[1] : "TERM"
        guard let number = Signals.number(of: text) else { throw UsageError("there is no signal \"\(text)\"") }
        for id in try globals.containers(words[0], isRegex: regex) {
            try ContainerOperations(id: id, root: globals.root).kill(number, all: all)
        }
        return 0
    }
}

struct Delete: RuntimeCommand {
    static let name = "delete"
    static let summary = "Remove what is left of a stopped container."
    static let words = "ID"
    static let wordCount = 1...1
    static let flags: [FlagGroup<Self>] = [
        FlagGroup(
            "Flags",
            [
                .toggle("force", "f", help: "Kill it first if it runs; fine if it is not there.") { $0.force = $1 },
                .toggle("regex", "r", help: "All containers whose id matches ID, a regular expression.") { $0.regex = $1 },
            ])
    ]

    var globals = GlobalFlags()
    var words: [String] = []
    var force = false
    var regex = false

    func run() throws -> Int32 {
        for id in try globals.containers(words[0], isRegex: regex) {
            try ContainerOperations(id: id, root: globals.root).delete(force: force).forEach(globals.log.warning)
        }
        return 0
    }
}

struct Pause: RuntimeCommand {
    static let name = "pause"
    static let summary = "Freeze all processes of a container."
    static let words = "ID"
    static let wordCount = 1...1

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        try ContainerOperations(id: words[0], root: globals.root).pause()
        return 0
    }
}

struct Resume: RuntimeCommand {
    static let name = "resume"
    static let summary = "Let a paused container go on."
    static let words = "ID"
    static let wordCount = 1...1

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        try ContainerOperations(id: words[0], root: globals.root).resume()
        return 0
    }
}
