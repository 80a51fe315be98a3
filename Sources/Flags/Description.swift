/// What is declared of a command, for those who print or complete it.
package struct CommandDescription: Sendable {
    package struct FlagDescription: Sendable {
        /// Without dashes, the main one first.
        package let names: [String]
        package let form: FlagForm
        package let help: String

        /// With their dashes.
        package var dashed: [String] { names.map { $0.count == 1 ? "-\($0)" : "--\($0)" } }
    }

    package let name: String
    package let summary: String
    package let words: String
    package let groups: [(title: String, flags: [FlagDescription])]
    package let isHidden: Bool

    init<C: Command>(_ command: C.Type, as alias: String?) {
        name = alias ?? C.name
        summary = C.summary
        words = C.words
        groups = C.flags.map { ($0.title, Self.flags($0.flags)) }
        isHidden = C.isHidden
    }

    static func flags<Target>(_ flags: [Flag<Target>]) -> [FlagDescription] {
        flags.map { FlagDescription(names: $0.names, form: $0.form, help: $0.help) }
    }
}

extension Program where Globals: FlagSet {
    package var descriptions: [CommandDescription] { commands.map { $0.describe() } }
    package var globalFlags: [CommandDescription.FlagDescription] { CommandDescription.flags(Globals.flags) }
}
