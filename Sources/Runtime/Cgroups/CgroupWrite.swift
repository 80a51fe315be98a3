/// One limit: what is written to which file of a group, and what for.
package struct CgroupWrite: Sendable, Equatable {
    /// The controller whose file it is: `memory`.
    package var controller: String
    /// One file, or those of different schedulers that mean the same: each that is there gets its value, and one must be.
    package var files: [File]
    /// What is limited, as a message ends: `cannot limit memory`.
    package var limit: String
    /// The value lifts a limit: a kernel without the file has nothing to lift.
    package var isUnlimited: Bool

    package struct File: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(_ controller: String, _ file: String, _ value: String, _ limit: String, isUnlimited: Bool = false) {
        self.init(controller, [File(file, value)], limit, isUnlimited: isUnlimited)
    }

    package init(_ controller: String, _ files: [File], _ limit: String, isUnlimited: Bool = false) {
        self.controller = controller
        self.files = files
        self.limit = limit
        self.isUnlimited = isUnlimited
    }

    /// As `--explain` tells it: `limit memory: memory.max = 1048576`.
    package var purpose: String {
        "limit \(limit): " + files.map { "\($0.name) = \($0.value)" }.joined(separator: ", ")
    }
}
