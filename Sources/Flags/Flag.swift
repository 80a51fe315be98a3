/// What follows a flag.
package enum FlagForm: Sendable, Equatable {
    /// Stands alone, or takes `=true` or `=false`.
    case toggle
    /// Takes a value, the next word or what follows `=`; here is what help calls it.
    case value(String)
    /// Takes a value only after `=`; alone it has the default.
    case optional(String, default: String)
}

/// One flag of a command, declared once: parsing, help and completions all read this.
package struct Flag<Target>: Sendable {
    /// Without dashes, the main one first; a name of one letter goes with one dash.
    package let names: [String]
    package let form: FlagForm
    package let help: String
    let set: @Sendable (inout Target, String) -> Void

    /// The first name with its dashes: `--memory`.
    package var title: String { Self.dashed(names[0]) }

    static func dashed(_ name: String) -> String { name.count == 1 ? "-\(name)" : "--\(name)" }

    /// A switch.
    package static func toggle(
        _ names: String..., help: String, set: @escaping @Sendable (inout Target, Bool) -> Void
    ) -> Flag {
        Flag(names: names, form: .toggle, help: help) { set(&$0, $1 == "true") }
    }

    /// One value each time it is given: what it sets keeps the last of them, or collects them.
    package static func value(
        _ names: String..., of kind: String, help: String, set: @escaping @Sendable (inout Target, String) -> Void
    ) -> Flag {
        Flag(names: names, form: .value(kind), help: help, set: set)
    }

    /// A value that may be left out, as in `--explain` and `--explain=FILE`.
    package static func optional(
        _ names: String..., of kind: String, default: String, help: String,
        set: @escaping @Sendable (inout Target, String) -> Void
    ) -> Flag {
        Flag(names: names, form: .optional(kind, default: `default`), help: help, set: set)
    }
}

/// Hands a part of a value on, to be changed: `{ $1(&$0.part) }`. Not a key path, which is made anew at each start, its types by name.
package typealias PartAccess<Whole, Part> = @Sendable (inout Whole, (inout Part) -> Void) -> Void

extension Flag {
    /// The flag of a part as one of the whole that has it.
    func lifted<Whole>(_ part: @escaping PartAccess<Whole, Target>) -> Flag<Whole> {
        let set = set
        return Flag<Whole>(names: names, form: form, help: help) { whole, text in part(&whole) { set(&$0, text) } }
    }
}

extension Array {
    /// The flags of a part as those of the whole that has it.
    package func lifted<Part, Whole>(_ part: @escaping PartAccess<Whole, Part>) -> [Flag<Whole>]
    where Element == Flag<Part> {
        var lifted: [Flag<Whole>] = []
        lifted.reserveCapacity(count)
        for index in 0..<count { lifted.append(self[index].lifted(part)) }
        return lifted
    }
}

/// Flags that belong together in help.
package struct FlagGroup<Target>: Sendable {
    package let title: String
    package let flags: [Flag<Target>]

    package init(_ title: String = "Flags", _ flags: [Flag<Target>]) {
        self.title = title
        self.flags = flags
    }
}

/// Words on the command line that cannot be understood, in one line.
package struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package init(_ message: String) { self.message = message }
    package var description: String { message }
}
