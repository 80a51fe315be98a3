import Foundation
import Testing

/// Requirements of the OCI runtime specification 1.3.0 and of the command line that engines use, for any runtime.
///
/// HAKO_CONFORMANCE_RUNTIME names it, HAKO_CONFORMANCE_FILTER the ids to try (a regular expression).
@Suite(.serialized, .enabled(if: geteuid() == 0, "skipped here: it makes containers of root's"))
enum ConformanceTests {}

extension [Requirement] {
    /// Those that HAKO_CONFORMANCE_FILTER names.
    var selected: [Requirement] {
        guard let pattern = Machine.environment["HAKO_CONFORMANCE_FILTER"], !pattern.isEmpty,
            let expression = try? Regex(pattern)
        else { return self }
        return filter { $0.id.contains(expression) }
    }
}
