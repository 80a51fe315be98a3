import Foundation
import Testing

/// One thing that a runtime has to do: a sentence of the specification in our words, or a documented flag, and how to see it done.
struct Requirement: Sendable, CustomTestStringConvertible {
    enum Strength: String, Sendable { case must = "MUST", should = "SHOULD", may = "MAY", flag = "flag" }

    /// Stable, with the area first: `hooks.poststop.failure`.
    var id: String
    /// The document and its section, or the command.
    var section: String
    var strength: Strength
    /// What is required.
    var sentence: String
    /// What the machine has to have.
    var needs: [Need] = []
    /// Throws why the runtime does not do it.
    var check: @Sendable (Lab) throws -> Void

    var testDescription: String { id }

    init(
        _ strength: Strength, _ id: String, _ section: String, _ sentence: String, needs: [Need] = [],
        _ check: @escaping @Sendable (Lab) throws -> Void
    ) {
        (self.id, self.section, self.strength, self.sentence, self.needs) = (id, section, strength, sentence, needs)
        self.check = check
    }

    /// Tries it, writes down how it went, and fails the test if the runtime did not do it.
    func run() throws {
        if let missing = needs.first(where: { !$0.isMet }) {
            try Results.add(self, .skip, missing.reason)
            print("skipped: \(id): \(missing.reason)")
            try Test.cancel("skipped here: \(missing.reason)")
        }
        do {
            try withLab(check)
            try Results.add(self, .pass, "")
            #expect(KnownGaps.reason(for: id) == nil, "\(id) is done now: take it from KnownGaps")
        } catch let skip as Skip {
            try Results.add(self, .skip, skip.reason)
            print("skipped: \(id): \(skip.reason)")
            try Test.cancel("skipped here: \(skip.reason)")
        } catch {
            try Results.add(self, .fail, "\(error)")
            guard let reason = KnownGaps.reason(for: id) else { throw error }
            withKnownIssue("\(reason)") { throw error }
        }
    }
}

/// The runtime did not do what was required: why.
struct Unmet: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// It turned out that this machine cannot show it.
struct Skip: Error { var reason: String }

/// Throws `why` unless it holds.
func require(_ holds: Bool, _ why: @autoclosure () -> String) throws {
    if !holds { throw Unmet(why()) }
}

func require(_ got: String, is wanted: String, _ what: String) throws {
    if got != wanted { throw Unmet("\(what): wanted \"\(wanted)\", got \"\(got)\"") }
}

/// One line for each requirement tried, as JSON, in the file HAKO_CONFORMANCE_RESULTS names.
enum Results {
    enum Outcome: String { case pass, fail, skip }

    static func add(_ requirement: Requirement, _ outcome: Outcome, _ why: String) throws {
        guard let path = Machine.environment["HAKO_CONFORMANCE_RESULTS"] else { return }
        let line: [String: String] = [
            "id": requirement.id, "section": requirement.section, "strength": requirement.strength.rawValue,
            "sentence": requirement.sentence, "outcome": outcome.rawValue,
            "why": why.replacingOccurrences(of: Machine.workDirectory, with: "DIR").replacingOccurrences(
                of: Machine.project, with: "."),
        ]
        let bytes = try JSONSerialization.data(withJSONObject: line, options: [.sortedKeys]) + Data("\n".utf8)
        if !FileManager.default.fileExists(atPath: path) { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        guard let file = FileHandle(forWritingAtPath: path) else { throw Unmet("cannot write \(path)") }
        try file.seekToEnd()
        try file.write(contentsOf: bytes)
        try file.close()
    }
}
