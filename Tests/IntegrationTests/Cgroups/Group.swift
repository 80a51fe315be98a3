import Foundation
import Testing

/// One limit: the option that sets it, and the file with its value as a container sees it on either version.
struct Limit: CustomTestStringConvertible {
    var options: [String]
    /// Version 1: controller, file, value.
    var v1: (controller: String, file: String, value: String)?
    /// Version 2: file, values any of which is right.
    var v2: (file: String, values: [String])?

    var testDescription: String { options.joined(separator: " ") }

    /// Where the container sees the file, or nil where this machine's version has none.
    var place: String? {
        Machine.cgroupIsV2 ? v2.map { "/sys/fs/cgroup/\($0.file)" } : v1.map { "/sys/fs/cgroup/\($0.controller)/\($0.file)" }
    }

    var expected: [String] { Machine.cgroupIsV2 ? v2?.values ?? [] : v1.map { [$0.value] } ?? [] }

    /// The kernel has this file: it is there in some group of the host.
    var isSupported: Bool {
        guard let place else { return false }
        let file = (place as NSString).lastPathComponent
        let tree = Machine.cgroupTree(v1?.controller ?? "")
        guard Machine.cgroupIsV2 else { return Machine.exists("\(tree)/\(file)") }
        let found = try? host("find", tree, "-maxdepth", "2", "-name", file, "-print", "-quit")
        return found?.text.isEmpty == false
    }
}

/// A block device of this machine, as `MAJOR:MINOR` and its node, if it has one.
let blockDevice: (number: String, node: String)? = {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: "/sys/block"))?.sorted() ?? [] {
        let number = try? String(contentsOfFile: "/sys/block/\(name)/dev", encoding: .utf8).trimmed
        if let number, Machine.exists("/dev/\(name)"), !name.hasPrefix("loop"), !name.hasPrefix("ram") {
            return (number, "/dev/\(name)")
        }
    }
    return nil
}()

/// The groups of containers, in every hierarchy: those below a group with hako in its name.
func hakoGroups() throws -> Set<String> {
    let skipped = ["-not", "-path", "*/hako-test-delegated*", "-not", "-name", "hako", "-not", "-name", "hako-test-parent"]
    return Set(
        try Child(["find", "/sys/fs/cgroup", "-type", "d", "-path", "*hako*"] + skipped, environment: Machine.environment)
            .finish().lines)
}
