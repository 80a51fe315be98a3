import Linux
import Runtime

/// Lets a created container's command execute.
enum Start: Command {
    static let name = "start"
    static let summary = "let a created container's command execute"

    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32 {
        try ContainerOperations(id: try given.containerID(), root: globals.root).start()
        return 0
    }
}

/// Prints a container's state as the specification has it.
enum State: Command {
    static let name = "state"
    static let summary = "print a container's state as JSON"

    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32 {
        try Output.json(try ContainerOperations(id: try given.containerID(), root: globals.root).state())
        return 0
    }
}

enum Kill: Command {
    static let name = "kill"
    static let summary = "send a signal (default: TERM)"
    static let arguments = "ID [SIGNAL]"
    static let options = [OptionDeclaration("--all", "-a", help: "to all processes of the container")]

    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32 {
        guard let id = given.arguments.first, given.arguments.count <= 2 else {
            throw UsageError("kill takes a container and a signal")
        }
        let text = given.arguments.count == 2 ? given.arguments[1] : "TERM"
        guard let number = Signals.number(of: text) else { throw UsageError("there is no signal \"\(text)\"") }
        try ContainerOperations(id: id, root: globals.root).kill(number, all: given.has("--all"))
        return 0
    }
}

enum Delete: Command {
    static let name = "delete"
    static let summary = "remove what is left of a stopped container"
    static let options = [OptionDeclaration("--force", "-f", help: "kill it first if it runs; fine if it is not there")]

    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32 {
        try ContainerOperations(id: try given.containerID(), root: globals.root).delete(force: given.has("--force"))
        return 0
    }
}

enum Pause: Command {
    static let name = "pause"
    static let summary = "freeze all processes of a container"

    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32 {
        try ContainerOperations(id: try given.containerID(), root: globals.root).pause()
        return 0
    }
}

enum Resume: Command {
    static let name = "resume"
    static let summary = "let a paused container go on"

    static func run(_ globals: Globals, _ given: ParsedOptions) throws -> Int32 {
        try ContainerOperations(id: try given.containerID(), root: globals.root).resume()
        return 0
    }
}
