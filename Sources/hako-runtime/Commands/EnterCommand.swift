import Flags
import Linux
import Runtime

/// Runs a program in the namespaces of a plain user's networks.
struct EnterCommand: RuntimeCommand {
    static let name = "enter"
    static let summary = "Run a program as root of the user and network namespaces of a process."
    static let words = "PID PROGRAM [ARGUMENT...]"
    static let wordCount = 2...Int.max
    static let wordsBeforeRest = 2
    static let isHidden = true

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        guard let process = Int32(words[0]), process > 0 else { throw UsageError("\"\(words[0])\" is no process id") }
        try Holder.enter(process)
        let program = Array(words.dropFirst())
        do throws(SystemError) {
            try Processes.execute(program[0], arguments: program, environment: Environment.all)
        } catch {
            throw RuntimeError("cannot execute \(program[0]): \(error.errno)")
        }
    }
}
