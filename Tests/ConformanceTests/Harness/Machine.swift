import Foundation

/// What this machine is, and which runtime is under test.
enum Machine {
    static let environment = ProcessInfo.processInfo.environment

    /// The project's folder: three above Tests/ConformanceTests/Harness/Machine.swift.
    static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    static let runtime = environment["HAKO_CONFORMANCE_RUNTIME"] ?? "\(project)/bin/hako-runtime"
    /// The suite's own copy of a busybox root file system, with a directory to mount at; no requirement leaves anything in it.
    static let rootfs: String = {
        let original = (environment["HAKO_ROOTFS"] ?? "\(project)/.build-rootfs") + "/busybox"
        let copy = "\(workDirectory)/rootfs"
        try? FileManager.default.createDirectory(atPath: workDirectory, withIntermediateDirectories: true)
        let words = ["sh", "-c", "cp -a \(original) \(copy) && mkdir -p \(copy)/mnt"]
        guard (try? Command(words, in: "/", outputs: "\(workDirectory)/copy").finish().status) == 0 else { return original }
        return copy
    }()
    static let workDirectory = environment["HAKO_TEST_DIR"] ?? NSTemporaryDirectory() + "hako-conformance.\(getpid())"

    /// Every deadline is multiplied by it: 1 on a usual machine, 10 in an emulated guest.
    static let slowness = Double(environment["HAKO_TEST_SLOW"] ?? "1") ?? 1

    static let cgroupIsV2 = exists("/sys/fs/cgroup/cgroup.controllers")
    static let onlineProcessors = (try? String(contentsOfFile: "/sys/devices/system/cpu/online", encoding: .utf8))?.trimmed ?? "0"

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// A container's group: of a controller (version 1), or the only one.
    static func group(_ controller: String, _ path: String) -> String {
        cgroupIsV2 ? "/sys/fs/cgroup\(path)" : "/sys/fs/cgroup/\(controller)\(path)"
    }

    /// Every tree that groups are made in.
    static var groupTrees: [String] {
        if cgroupIsV2 { return ["/sys/fs/cgroup"] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/fs/cgroup")) ?? []
        return names.map { "/sys/fs/cgroup/\($0)" }.filter { exists("\($0)/cgroup.procs") }
    }

    /// The capabilities this process may hand on, as the bits of /proc/self/status.
    static let bounding = UInt64(status("CapBnd") ?? "", radix: 16) ?? 0

    static func status(_ field: String) -> String? {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").first { $0.hasPrefix("\(field):") }?.dropFirst(field.count + 1).description.trimmed
    }

    static func read(_ path: String) -> String? { (try? String(contentsOfFile: path, encoding: .utf8))?.trimmed }
}

/// What a requirement needs of the machine, and what to say when it is not there.
struct Need: Sendable {
    var reason: String
    var isMet: Bool

    static let cgroupV2 = Need(reason: "no pure cgroup v2 here", isMet: Machine.cgroupIsV2)
    static let cgroupV1 = Need(reason: "no cgroup v1 here", isMet: !Machine.cgroupIsV2)
    static let apparmor = Need(reason: "no AppArmor here", isMet: Machine.exists("/sys/kernel/security/apparmor/profiles"))
    static let noApparmor = Need(
        reason: "AppArmor is here", isMet: !Machine.exists("/sys/kernel/security/apparmor/profiles"))
    static let resourceCapability = Need(reason: "root lacks CAP_SYS_RESOURCE here", isMet: Machine.bounding >> 24 & 1 == 1)
    static let timeNamespace = Need(reason: "no time namespaces here", isMet: Machine.exists("/proc/self/ns/time"))
    static let twoProcessors = Need(reason: "one processor only", isMet: Machine.onlineProcessors.contains("-"))
    static let missingCapability = Need(reason: "root has every capability here", isMet: Machine.bounding != lastCapabilities)

    private static var lastCapabilities: UInt64 {
        let last = UInt64(Machine.read("/proc/sys/kernel/cap_last_cap") ?? "40") ?? 40
        return (1 << (last + 1)) - 1
    }

    /// A controller: mounted (version 1), or in the root's list (version 2).
    static func controller(_ name: String, file: String = "") -> Need {
        let isThere: Bool
        if Machine.cgroupIsV2 {
            let list = Machine.read("/sys/fs/cgroup/cgroup.controllers") ?? ""
            isThere = list.split(separator: " ").contains { $0 == name || (name == "blkio" && $0 == "io") }
        } else {
            isThere =
                Machine.exists("/sys/fs/cgroup/\(name)/cgroup.procs")
                && (file.isEmpty || Machine.exists("/sys/fs/cgroup/\(name)/\(file)"))
        }
        return Need(reason: "no \(file.isEmpty ? "controller \(name)" : file) here", isMet: isThere)
    }
}

extension Machine {
    static var isARM: Bool {
        #if arch(arm64)
            true
        #else
            false
        #endif
    }
}
