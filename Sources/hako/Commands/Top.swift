internal import Engine
internal import Flags

/// Lists the processes of a container.
struct Top: HakoCommand {
    static let name = "top"
    static let summary = "List the processes of a container."
    static let words = "CONTAINER [PS-OPTION|COLUMN...]"
    static let wordCount = 1...Int.max
    static let wordsBeforeRest = 1

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let columns = try ProcessColumn.choose(Array(words.dropFirst()))
        let engine = try globals.engine()
        let processes = try engine.processes(of: try engine.find(words[0]))
        let clock = ProcessClock.read()
        var table = Table(columns.map(\.title))
        for process in processes { table.add(columns.map { $0.text(process, clock) }) }
        Report.output(table.text)
        return 0
    }
}
