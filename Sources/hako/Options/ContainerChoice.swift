internal import Engine
internal import Flags
internal import Linux

/// Which containers a command is for: those named, or as podman's flags choose them.
struct ContainerChoice {
    private var all = false
    private var latest = false
    private var ignore = false
    private var files: [String] = []
    private var filters: [String] = []

    private static let flags: [Flag<Self>] = [
        .toggle("latest", "l", help: "The one made last.") { $0.latest = $1 },
        .value("filter", of: "KEY=VALUE", help: "All that it lets through; KEY is as with ps.") { $0.filters.append($1) },
        .value("cidfile", of: "FILE", help: "The one whose id run --cidfile wrote there.") { $0.files.append($1) },
    ]
    static let everyOne = Flag<Self>.toggle("all", "a", help: "All that this can be done to.") { $0.all = $1 }
    /// Where -a is something else.
    static let everyOneInFull = Flag<Self>.toggle("all", help: "All that do not run.") { $0.all = $1 }
    static let ignoring = Flag<Self>.toggle("ignore", "i", help: "One that is not there is fine.") { $0.ignore = $1 }

    /// The flags of a command that has such a choice, some of them its own.
    static func group<Whole>(
        _ choice: @escaping PartAccess<Whole, Self>, _ own: Flag<Self>...
    ) -> FlagGroup<Whole> { FlagGroup("Which", (own + flags).lifted(choice)) }

    /// - Parameters:
    ///   - isMeant: which of those that are not named it can be done to.
    ///   - oldestFirst: what others share comes before them; otherwise after.
    /// - Returns: names and ids, the newest first where they were chosen.
    func names(
        _ words: [String], _ engine: Engine, oldestFirst: Bool = false, where isMeant: (ContainerStatus) -> Bool = { _ in true }
    ) throws -> [String] {
        let named = try words + files.compactMap { file throws(EngineError) in try id(in: file) }
        guard all || latest || !filters.isEmpty else {
            guard !words.isEmpty || !files.isEmpty else {
                throw UsageError("name a container, or choose by --all, --latest, --filter or --cidfile")
            }
            return ignore ? try named.filter { name throws(EngineError) in try isThere(name, engine) } : named
        }
        guard words.isEmpty, files.isEmpty else { throw UsageError("name containers, or choose them by flags; not both") }
        let filters = try filters.map { text throws(EngineError) in try ListFilter(text, engine) }
        let records = try engine.store.all()
        let pods = filters.isEmpty ? [] : try engine.pods()
        let now = Clock.seconds()
        let chosen = try records.prefix(latest ? 1 : records.count).filter { record in
            let status = try engine.status(record.id)
            let row = ListRow(record: record, status: status, engine: engine, now: now, pods: pods)
            return try (latest || isMeant(status)) && filters.allSatisfy { try $0.accepts(row) }
        }.map(\.id)
        return oldestFirst ? chosen.reversed() : chosen
    }

    /// - Returns: nil for a file that is not there and need not be.
    private func id(in file: String) throws(EngineError) -> String? {
        if ignore, !File.exists(file) { return nil }
        let text = try attempt("read --cidfile \(file)") { () throws(SystemError) in try File.readText(file, limit: 4096) }
        guard let id = text.split(whereSeparator: \.isWhitespace).first else {
            throw EngineError("--cidfile \(file) has no id in it")
        }
        return String(id)
    }

    private func isThere(_ name: String, _ engine: Engine) throws(EngineError) -> Bool {
        do throws(EngineError) {
            _ = try engine.find(name)
            return true
        } catch {
            guard error.isAbsence else { throw error }
            return false
        }
    }
}

extension EngineError {
    /// Whether there is no container of a name.
    var isAbsence: Bool { message.hasPrefix("no such container") }
}
